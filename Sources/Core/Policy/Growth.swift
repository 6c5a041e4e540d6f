// How a policy earns its blast radius: `spec.blastRadius.grow`.

/// Levels of `namespace.maxUnavailable`, and how many clean strikes each must be earned with.
package struct Growth: Sendable, Hashable, Codable {
    /// From the first to the widest, none of which allows nothing; at least one.
    package var levels: [Amount]
    /// Consecutive clean strikes after which the next level is reached; at least 1.
    package var cleanRounds: Int

    package init(levels: [Amount], cleanRounds: Int = 20) {
        self.levels = levels
        self.cleanRounds = cleanRounds
    }

    /// What the levels up to `index` (from 0) allow out of `total`. No level allows less than the
    /// ones before it, so that 10% of 5 after 1 is still 1. Nothing without levels.
    package func allowed(at index: Int, of total: Int) -> Int {
        levels.prefix(max(index, 0) + 1).map { $0.allowed(of: total) }.max() ?? 0
    }
}

/// The limits of a policy that are counted and earned over time, as the journal keeps them with the
/// policies in force.
package struct EarnedLimits: Codable, Sendable, Hashable {
    package var failedRequests: Int?
    package var injections: Int?
    /// The budgets' period in seconds.
    package var period: Double
    package var growth: Growth?

    package init(
        failedRequests: Int?, injections: Int?, period: Double, growth: Growth? = nil
    ) {
        self.failedRequests = failedRequests
        self.injections = injections
        self.period = period
        self.growth = growth
    }

    /// Of a blast radius; nil when nothing of the kind is written.
    package init?(_ radius: BlastRadius) {
        if radius.budgetFailedRequests == nil, radius.growth == nil { return nil }
        self.init(
            failedRequests: radius.budgetFailedRequests, injections: radius.budgetInjections,
            period: radius.budgetPeriod.inSeconds, growth: radius.growth)
    }
}
