// What somebody should do something about, as a report shows it; and those that the journal itself
// gives away.

/// One finding.
package struct ReportFinding: Sendable, Hashable {
    /// How urgent it is; the worst comes first.
    package enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
        case critical
        case warning
        case note

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
        package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    }

    package var severity: Severity
    /// Which weakness: a stable name, as `Finding.Kind` has it for those that the daemon found.
    package var kind: String
    /// One line.
    package var title: String
    /// What it is about, e.g. a service; empty when it is about the whole.
    package var subject: String
    /// Sentences with numbers.
    package var evidence: [String]
    /// What to do; nil when the evidence says it.
    package var remedy: String?
    /// When it was last seen.
    package var at: Timestamp?
    /// The daemon's own record of it; nil for what the journal alone gives away.
    package var weakness: Finding?

    package init(
        severity: Severity, kind: String, title: String, subject: String, evidence: [String],
        remedy: String? = nil, at: Timestamp? = nil, weakness: Finding? = nil
    ) {
        self.severity = severity
        self.kind = kind
        self.title = title
        self.subject = subject
        self.evidence = evidence
        self.remedy = remedy
        self.at = at
        self.weakness = weakness
    }
}

extension ReportFinding {
    /// Findings that follow from the journal alone, the worst first, newest first among equals.
    package static func all(
        in history: ReportHistory, shams: ShamCalibration, alpha: Double
    ) -> [ReportFinding] {
        let found =
            unrecovered(history) + stuck(history) + undelivered(history)
            + calibration(history, shams, alpha)
        return found.enumerated().sorted { left, right in
            let (a, b) = (left.element, right.element)
            if a.severity != b.severity { return a.severity < b.severity }
            if a.at != b.at { return (a.at ?? .earliest) > (b.at ?? .earliest) }
            return left.offset < right.offset
        }.map(\.element)
    }

    /// Anomalies that outlived the recovery time, or last: one finding for all that the same fault
    /// at the same target did, apart for what is over and what is not.
    private static func unrecovered(_ history: ReportHistory) -> [ReportFinding] {
        struct Key: Hashable {
            var namespace: String
            var cell: String
            var isOpen: Bool
        }
        var groups: [Key: [ReportAnomaly]] = [:]
        var order: [Key] = []
        for anomaly in history.anomalies
        where (anomaly.isOpen && anomaly.opened.anomaly.mustRecover) || anomaly.finding != nil {
            let round = anomaly.opened.round.flatMap { history.round($0) }
            let key = Key(
                namespace: anomaly.service.namespace,
                cell: round.map { "\($0.fault) at \($0.target)" } ?? "", isOpen: anomaly.isOpen)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(anomaly)
        }
        return order.compactMap { key in
            groups[key].flatMap { unrecovered($0, key.cell, history) }
        }
    }

    /// `anomalies` are in the order of their detection, and of one kind.
    private static func unrecovered(
        _ anomalies: [ReportAnomaly], _ cell: String, _ history: ReportHistory
    ) -> ReportFinding? {
        guard let newest = anomalies.last else { return nil }
        let now = history.lastAt ?? newest.onset
        let longest = anomalies.reduce(0) {
            max($0, (($1.endedAt ?? now) - $1.onset).inSeconds)
        }
        let lasted = Duration.seconds(Int64(min(max(longest, 0), 9e9).rounded())).human
        var evidence: [String] = []
        // The one with the clearest ratio says it for all.
        let spoken = anomalies.filter {
            $0.finding != nil && $0.opened.round == newest.opened.round
        }
        let clearest = spoken.max {
            $0.opened.anomaly.evidence.now < $1.opened.anomaly.evidence.now
        }
        if let finding = clearest?.finding { evidence.append(finding) }
        let numbers = Set(anomalies.compactMap(\.opened.round)).sorted()
        if numbers.isEmpty {
            evidence.append(newest.opened.cause)
        } else {
            let shown = numbers.suffix(10).map(String.init).joined(separator: ", ")
            let rest = numbers.count > 10 ? " and \(numbers.count - 10) before" : ""
            evidence.append(
                "\(cell), round\(numbers.count == 1 ? "" : "s") \(shown)\(rest)")
        }
        let isOver = !newest.isOpen
        if let accepted = newest.accepted { evidence.append(accepted.text) }
        let services = Set(anomalies.map { "\($0.service)" }).sorted()
        let names = services.prefix(5).joined(separator: ", ")
        return ReportFinding(
            severity: isOver ? .warning : .critical,
            kind: isOver ? "late-recovery" : "unrecovered",
            title: isOver
                ? newest.recovery == nil
                    ? "Did not recover, accepted after \(lasted)"
                    : "Recovered only after \(lasted)"
                : newest.finding == nil
                    ? "Anomalous for \(lasted) at the end of the journal"
                    : "Not recovered after \(lasted)",
            subject: services.count > 5 ? "\(names) and \(services.count - 5) more" : names,
            evidence: evidence,
            at: newest.unrecoveredAt ?? newest.opened.anomaly.detectedAt)
    }

    /// Faults that could not be reverted.
    private static func stuck(_ history: ReportHistory) -> [ReportFinding] {
        history.rounds.compactMap { round in
            guard let reason = round.revertTrouble else { return nil }
            let isOpen = round.revertedAt == nil
            return ReportFinding(
                severity: isOpen ? .critical : .note, kind: "stuck-injection",
                title: isOpen ? "A fault was not reverted" : "A fault was reverted late",
                subject: "round \(round.number), \(round.fault) of \(round.object)",
                evidence: [reason],
                remedy: isOpen ? "See it with hazard status; undo it with hazard revert." : nil,
                at: round.plannedAt)
        }
    }

    /// Faults that often do not take effect.
    private static func undelivered(_ history: ReportHistory) -> [ReportFinding] {
        let strikes = history.rounds.filter { $0.isStrike && $0.outcome != nil }
        let groups = Dictionary(grouping: strikes) { "\($0.fault) at \($0.target)" }
        return groups.sorted { $0.key < $1.key }.compactMap { name, rounds in
            let failed = rounds.filter {
                $0.outcome == .notDelivered || $0.outcome == .failed || $0.outcome == .skipped
            }
            guard failed.count >= 3, failed.count * 2 > rounds.count, let last = failed.last else {
                return nil
            }
            var evidence = ["\(failed.count) of \(Wording.plural(rounds.count, "strike"))"]
            if let trouble = last.trouble { evidence.append("the last time: \(trouble)") }
            return ReportFinding(
                severity: .warning, kind: "mostly-undelivered",
                title: "The fault mostly does not take effect", subject: name,
                evidence: evidence, remedy: "Nothing was tested in these rounds.",
                at: last.plannedAt)
        }
    }

    /// Whether the judge can be believed.
    private static func calibration(
        _ history: ReportHistory, _ shams: ShamCalibration, _ alpha: Double
    ) -> [ReportFinding] {
        if shams.isMiscalibrated(alpha: alpha) {
            return [
                ReportFinding(
                    severity: .warning, kind: "miscalibrated",
                    title: "Shams are blamed more often than promised",
                    subject: "the judge",
                    evidence: [
                        "\(shams.blamed) of \(Wording.plural(shams.shams, "sham")) showed harm "
                            + "although nothing was injected; \(Wording.percent(alpha)) is promised"
                    ], remedy: "Read verdicts of harm with care.")
            ]
        }
        let strikes = history.rounds.count(where: \.isStrike)
        guard strikes >= 10, shams.shams == 0 else { return [] }
        return [
            ReportFinding(
                severity: .note, kind: "no-sham", title: "No sham was judged",
                subject: "the policy",
                evidence: [
                    "\(Wording.plural(strikes, "strike")) and no sham: there is nothing to compare "
                        + "strikes with, and no measure of false attributions"
                ], remedy: "Set sham to 10 % or 20 % in the policy.")
        ]
    }
}

extension Report {
    /// Adds weaknesses that the daemon found, of what the report is about: before those that the
    /// journal alone gives away, where they are as severe.
    package mutating func add(_ weaknesses: [Finding]) {
        let known = weaknesses.filter { finding in
            (namespace.map { $0 == finding.namespace } ?? true)
                && (since.map { finding.lastSeen >= $0 } ?? true)
        }
        fixed = known.filter { $0.status == .fixed }
        let mine = known.filter { $0.status == .open }.map { finding in
            ReportFinding(
                severity: finding.severity == .critical ? .critical : .warning,
                kind: finding.kind.rawValue, title: finding.title,
                subject: "\(finding.namespace)/\(finding.subject.name)",
                evidence: finding.evidence + [finding.history], remedy: finding.remedy,
                at: finding.lastSeen, weakness: finding)
        }
        let all = mine + findings
        findings = ReportFinding.Severity.allCases.flatMap { severity in
            all.filter { $0.severity == severity }
        }
    }
}
