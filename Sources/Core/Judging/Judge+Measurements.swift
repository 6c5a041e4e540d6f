// What the journal keeps of a judged round beside its verdict.

extension Judge {
    /// The counts of every service in a round under way or lately ended, in order of services, the
    /// bad ratio first; at most `ServiceOutcome.limit` services.
    package func measurements(round id: Int) -> [ServiceOutcome] {
        rounds[id]?.test.measured(limit: ServiceOutcome.limit) ?? []
    }

    /// The course of the services around a round. It is given once, then the memory is freed.
    package mutating func takeSeries(round id: Int) -> [RoundSeries] {
        guard let round = rounds[id] else { return [] }
        rounds[id]?.trace = RoundTrace()
        return round.trace.series(
            interval: settings.interval, wanted: Set(round.test.harmed.map(\.service)))
    }

    /// The event of a round that ended with `verdict`.
    package mutating func judged(round id: Int, _ verdict: Verdict) -> Judged {
        Judged(
            round: id, verdict: verdict, outcomes: measurements(round: id),
            series: takeSeries(round: id), discovery: isDiscovery(round: id),
            cause: rounds[id]?.cause)
    }

    /// A trace of the services that a round beginning at `instant` tests.
    func trace(of subjects: [RoundSubject], from instant: Timestamp) -> RoundTrace {
        let length = max(settings.interval.nanoseconds, 1)
        return RoundTrace(subjects, index: instant.nanoseconds / length) {
            services[$0]?.recent ?? []
        }
    }
}
