// What the team's own alerts said during one round: which began, and how long after the injection.
// Hazard's own alerts are left out.

/// An alert of the team that was firing for some time.
package struct FiringAlert: Sendable, Hashable {
    /// With `alertname`.
    package var labels: [String: String]
    package var startsAt: Timestamp
    /// Nil while it fires.
    package var endsAt: Timestamp?

    package init(labels: [String: String], startsAt: Timestamp, endsAt: Timestamp? = nil) {
        self.labels = labels
        self.startsAt = startsAt
        self.endsAt = endsAt
    }

    package var name: String { labels["alertname"] ?? "" }

    /// Whether it is one of Hazard's own.
    package var isOwn: Bool { name.hasPrefix("Hazard") }

    /// Whether it speaks of a namespace, or, naming none, of one of its services.
    package func concerns(_ namespace: String, services: Set<String>) -> Bool {
        for label in Self.namespaceLabels {
            if let value = labels[label] { return value == namespace }
        }
        for label in Self.serviceLabels {
            guard let value = labels[label] else { continue }
            let parts = value.split(separator: ".").map(String.init)
            if parts.count >= 2, parts[1] != namespace { continue }
            if let first = parts.first, services.contains(first) { return true }
        }
        return false
    }

    private static let namespaceLabels = [
        "exported_namespace", "destination_service_namespace", "destination_workload_namespace",
        "kubernetes_namespace", "namespace",
    ]
    private static let serviceLabels = [
        "destination_service", "destination_service_name", "destination_workload", "service",
        "exported_service", "deployment", "statefulset", "workload", "app",
    ]
}

/// The alerts of one round.
package struct AlertCoverage: Codable, Sendable, Hashable {
    package var round: Int
    package var namespace: String
    package var isSham: Bool
    /// Its verdict was "harm". Of a sham: false.
    package var isHarmful: Bool
    /// The time looked at: from the injection (of a sham, its beginning).
    package var from: Timestamp
    package var until: Timestamp
    /// Alerts that began in that time, in order; at most 20.
    package var noticed: [Notice]
    /// Names of alerts that were firing at its beginning; at most 20.
    package var alreadyFiring: [String]

    /// One alert.
    package struct Notice: Codable, Sendable, Hashable {
        package var name: String
        /// Seconds from the beginning.
        package var after: Double

        package init(name: String, after: Double) {
            self.name = name
            self.after = after
        }
    }

    package init(
        round: Int, namespace: String, isSham: Bool, isHarmful: Bool, from: Timestamp,
        until: Timestamp, alerts: [FiringAlert], services: Set<String>
    ) {
        self.round = round
        self.namespace = namespace
        self.isSham = isSham
        self.isHarmful = isHarmful
        self.from = from
        self.until = until
        let mine = alerts.filter { !$0.isOwn && $0.concerns(namespace, services: services) }
        let before = mine.filter { $0.startsAt < from && $0.endsAt.map { $0 >= from } ?? true }
        alreadyFiring = Array(Set(before.map(\.name)).sorted().prefix(20))
        noticed = mine.filter { $0.startsAt >= from && $0.startsAt <= until }
            .map { Notice(name: $0.name, after: ($0.startsAt - from).inSeconds) }
            .sorted { ($0.after, $0.name) < ($1.after, $1.name) }
        noticed = Array(noticed.prefix(20))
    }

    /// Which time of a closed round its alerts are looked for in: from the injection to the end of
    /// the recovery time, or to the next strike in the namespace. Nil for a round that says nothing
    /// about alerts: only harmful strikes and shams do, and no sham in the wake of harm.
    package static func span(
        of round: RoundRecord, in state: State, recovery: Duration
    ) -> (from: Timestamp, until: Timestamp)? {
        guard let closed = round.closedAt else { return nil }
        let isSham = round.planned.assignment == .sham
        let isHarmful = round.planned.assignment == .strike && round.outcome == .harm
        guard isHarmful || isSham && round.outcome != .interrupted else { return nil }
        let from = round.injectedAt ?? round.plannedAt
        let others = state.rounds.filter {
            $0.number != round.number && $0.namespace == round.namespace
                && $0.planned.assignment == .strike && $0.injectedAt != nil
        }
        if isSham {
            let isWake = others.contains {
                $0.plannedAt <= from && ($0.closedAt ?? from) + recovery >= from
                    && $0.outcome != .noHarm
            }
            if isWake { return nil }
        }
        let next = others.compactMap(\.injectedAt).filter { $0 > from }.min()
        let limit = isSham ? closed : closed + recovery
        return (from, next.map { min($0, limit) } ?? limit)
    }
}

/// How well the team's own alerts did over the kept rounds.
package struct AlertFigures: Sendable, Hashable {
    package private(set) var namespace: String
    package private(set) var harmful = 0
    /// Harmful rounds in which an alert began.
    package private(set) var detected = 0
    /// Seconds from the injection to the first alert, sorted.
    package private(set) var delays: [Double] = []
    package private(set) var shams = 0
    /// Shams during which an alert began.
    package private(set) var falseAlarms = 0

    package init(_ coverage: [AlertCoverage], namespace: String) {
        self.namespace = namespace
        for round in coverage where round.namespace == namespace {
            if round.isSham {
                shams += 1
                if !round.noticed.isEmpty { falseAlarms += 1 }
            } else if round.isHarmful {
                harmful += 1
                if let first = round.noticed.first {
                    detected += 1
                    delays.append(first.after)
                }
            }
        }
        delays.sort()
    }

    /// Seconds; nil when no alert ever fired.
    package var medianDelay: Double? { delays.isEmpty ? nil : SlowRecovery.median(delays) }

    /// One sentence with all figures.
    package var silenceText: String {
        var text =
            "The team's own alerts stayed silent in \(harmful - detected) of "
            + "\(Wording.plural(harmful, "harmful round"))"
        if let medianDelay {
            text += "; where one fired, the median time to detect was \(rounded(medianDelay, 0)) s"
        }
        if shams > 0 {
            text += "; \(falseAlarms) of \(Wording.plural(shams, "sham")) saw a false alert"
        }
        return text + "."
    }
}
