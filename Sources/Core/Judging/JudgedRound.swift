// A round as the judge sees it: when, where, and its test.

/// One round under way or recently ended.
struct JudgedRound: Sendable {
    let id: Int
    let policy: String
    let begunAt: Timestamp
    var endedAt: Timestamp?
    /// Empty: all.
    let namespaces: [String]
    let target: WorkloadRef?
    let sham: Bool
    var test: RoundTest
    /// The counts from shortly before it on, for the journal.
    var trace = RoundTrace()
    /// Its verdict was "no harm".
    var isHarmless = false
    /// Whether it counts as a discovery among all rounds.
    var isDiscovery: Bool?
    /// Where its target came among the root causes found; nil when nothing was traced.
    var cause: CauseRank?
    /// What happened outside the target's reach while it ran.
    var incident: ExternalIncident?

    init(
        id: Int, policy: String, begunAt: Timestamp, namespaces: [String], target: WorkloadRef?,
        sham: Bool, test: RoundTest
    ) {
        self.id = id
        self.policy = policy
        self.begunAt = begunAt
        self.namespaces = namespaces
        self.target = target
        self.sham = sham
        self.test = test
    }

    func covers(_ namespace: String) -> Bool {
        namespaces.isEmpty || namespaces.contains(namespace)
    }

    /// Adds a window that ends after the beginning, until the round is over. `explained`: services
    /// whose callers lost traffic themselves.
    mutating func observe(_ window: WindowSummary, explained: Set<ServiceRef>) {
        guard endedAt == nil else { return }
        for counts in window.services where covers(counts.service.namespace) { trace.add(counts) }
        guard window.end > begunAt else { return }
        for counts in window.services where covers(counts.service.namespace) {
            test.observe(counts, isUpstream: explained.contains(counts.service))
        }
    }
}
