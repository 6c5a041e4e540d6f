// What the judge saw of one round beyond its verdict: the raw material of findings.

import RealModule

/// Signs of one round, taken when it is closed.
package struct RoundSigns: Sendable, Hashable {
    /// Every service's strongest signal.
    package var outcomes: [Evidence]
    /// Every service and signal, the bad ratio first; of latency the bound with the most evidence.
    package var signals: [Evidence]
    /// Harmed services that the target neither calls nor serves.
    package var victims: [ServiceRef]
    /// Measured services that a fault at the target can touch, with the bad ratio p* that a round
    /// could show of each; infinite when none.
    package var reach: [ServiceRef: Double]
    /// Calls before and during the round.
    package var edges: [EdgeChange]
    /// Names of the workloads that answer for each service.
    package var workloads: [ServiceRef: Set<String>]

    package init(
        outcomes: [Evidence] = [], signals: [Evidence] = [], victims: [ServiceRef] = [],
        reach: [ServiceRef: Double] = [:], edges: [EdgeChange] = [],
        workloads: [ServiceRef: Set<String>] = [:]
    ) {
        self.outcomes = outcomes
        self.signals = signals
        self.victims = victims
        self.reach = reach
        self.edges = edges
        self.workloads = workloads
    }

    /// The names of the workloads behind a service; without knowledge its own name.
    func workloads(of service: ServiceRef) -> Set<String> {
        workloads[service] ?? [service.name]
    }
}

/// One call before and during a round, counted at the caller's proxy.
package struct EdgeChange: Sendable, Hashable {
    package var edge: ServiceEdge
    package var before: Counts
    package var during: Counts

    /// Sums over windows in which both the caller's own requests and the call could be seen.
    package struct Counts: Sendable, Hashable {
        /// Requests that the caller itself answered.
        package var served = 0.0
        /// Requests it made over the edge, and failed ones of these.
        package var attempts = 0.0
        package var failed = 0.0
        /// Failed ones that Envoy gave up on after retries (flag URX).
        package var exhausted = 0.0

        package init(
            served: Double = 0, attempts: Double = 0, failed: Double = 0, exhausted: Double = 0
        ) {
            self.served = served
            self.attempts = attempts
            self.failed = failed
            self.exhausted = exhausted
        }

        /// Attempts for each request of the caller; nil without requests.
        package var ratio: Double? { served > 0 ? attempts / served : nil }
    }

    package init(edge: ServiceEdge, before: Counts, during: Counts) {
        self.edge = edge
        self.before = before
        self.during = during
    }

    /// The amplification factor: attempts per request of the caller, during over before.
    package var amplification: Double? {
        guard let old = before.ratio, let new = during.ratio, old > 0 else { return nil }
        return new / old
    }

    /// ln(amplification) over its standard error, sqrt of the sum of 1/count over the four counts
    /// (delta method, each count Poisson). Attempts and requests of one caller rise together, so
    /// the true error is smaller: the value is cautious.
    package var deviation: Double? {
        guard let amplification, amplification > 0 else { return nil }
        let counts = [before.served, before.attempts, during.served, during.attempts]
        guard counts.allSatisfy({ $0 > 0 }) else { return nil }
        return Double.log(amplification)
            / counts.reduce(0) { $0 + 1 / $1 }.squareRoot()
    }
}

extension EdgeChange {
    /// Every edge whose caller answers for a service that is itself measured, from the windows of
    /// all services. A window counts as before when it ended by `begin`, and as during when it
    /// started from then on and by `end`; the one that holds `begin` is neither.
    package static func all(
        windows: [RequestWindow], workloads: [ServiceRef: Set<String>], interval: Duration,
        begin: Timestamp, end: Timestamp
    ) -> [EdgeChange] {
        let length = max(interval.nanoseconds, 1)
        var served: [Caller: [Int64: Double]] = [:]
        for window in windows where window.blind == nil {
            for name in workloads[window.service] ?? [window.service.name] {
                let caller = Caller(namespace: window.service.namespace, name: name)
                served[caller, default: [:]][window.index, default: 0] += window.total
            }
        }
        var found: [ServiceEdge: EdgeChange] = [:]
        for window in windows where window.blind == nil {
            let (start, overflow) = window.index.multipliedReportingOverflow(by: length)
            if overflow { continue }
            let from = Timestamp(nanoseconds: start)
            let isBefore = from + interval <= begin
            if !isBefore, from < begin || from > end { continue }
            for counts in window.edges {
                let caller = Caller(
                    namespace: counts.edge.sourceNamespace, name: counts.edge.source)
                guard let own = served[caller]?[window.index] else { continue }
                let seen = Counts(
                    served: own, attempts: counts.total, failed: counts.bad,
                    exhausted: counts.flags.first { $0.flag == "URX" }?.count ?? 0)
                var change =
                    found[counts.edge]
                    ?? EdgeChange(edge: counts.edge, before: Counts(), during: Counts())
                if isBefore { change.before.add(seen) } else { change.during.add(seen) }
                found[counts.edge] = change
            }
        }
        return found.values.sorted { $0.edge < $1.edge }
    }

    private struct Caller: Hashable {
        var namespace: String
        var name: String
    }
}

extension EdgeChange.Counts {
    fileprivate mutating func add(_ other: Self) {
        served += other.served
        attempts += other.attempts
        failed += other.failed
        exhausted += other.exhausted
    }
}

extension Judge {
    /// What findings need of a round that is closed or about to be; nil when the judge does not
    /// know the round.
    package func signs(round id: Int) -> RoundSigns? {
        guard let round = facts(round: id) else { return nil }
        let known = workloadNames
        var reach: [ServiceRef: Double] = [:]
        if let target = round.target {
            var cone = callGraph.cone(of: target)
            for (service, names) in known
            where service.namespace == target.namespace && names.contains(target.name) {
                cone.insert(service)
            }
            for status in statuses where status.signal == .badRatio {
                if cone.contains(status.service) {
                    reach[status.service] = status.minimumDetectable ?? .infinity
                }
            }
        }
        return RoundSigns(
            outcomes: outcomes(round: id), signals: signals(round: id),
            victims: unexpectedVictims(round: id), reach: reach,
            edges: EdgeChange.all(
                windows: recentWindows, workloads: known, interval: settings.interval,
                begin: round.begunAt, end: round.endedAt ?? .latest),
            workloads: known)
    }
}

extension Timestamp {
    /// The last representable instant.
    static var latest: Timestamp { Timestamp(nanoseconds: .max) }
}
