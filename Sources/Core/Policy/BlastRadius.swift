// Limits on the harm that may be done at once and over time.

/// A number of things, or a share of them.
package enum Amount: Sendable, Hashable, CustomStringConvertible {
    case count(Int)
    /// 0...1, written as a percentage.
    case share(Double)

    /// The number that this allows out of `total`: shares are floored, so `30%` of 3 is 0.
    package func allowed(of total: Int) -> Int {
        switch self {
        case .count(let count): return min(count, total)
        // The tiny addend undoes binary rounding: 29 % of 100 is 29, not 28.999….
        case .share(let share):
            return min(total, Int((share * Double(total) + 1e-9).rounded(.down)))
        }
    }

    package var description: String {
        switch self {
        case .count(let count): return String(count)
        case .share(let share):
            let percent = share * 100
            return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
        }
    }
}

/// `spec.blastRadius`. What is already broken counts against every `maxUnavailable`.
package struct BlastRadius: Sendable, Hashable {
    /// At most this many of the policy's injections open at once.
    package var concurrentInjections: Int
    /// Unavailable pods out of all pods of the namespace, the struck one included.
    package var namespaceMaxUnavailable: Amount
    /// Unavailable pods of one workload out of its desired replicas, the struck one included.
    package var workloadMaxUnavailable: Amount
    /// Ready pods that must remain of a struck workload. 1 unless written.
    package var minReady: Int
    /// A workload is left alone for this long after an injection.
    package var cooldown: Duration
    /// Pods struck on one node at once.
    package var nodeMaxUnavailable: Amount
    /// At most this many injections in any `budgetPeriod`; nil means no such limit.
    package var budgetInjections: Int?
    package var budgetPeriod: Duration
    /// At most this many requests that failed because of strikes in any `budgetPeriod`; nil means
    /// no such limit.
    package var budgetFailedRequests: Int?
    /// How `namespaceMaxUnavailable` is earned; nil: it holds as written.
    package var growth: Growth?
    /// Respect PodDisruptionBudgets: a fault that would violate one is a counted skip.
    package var respectDisruptionBudgets: Bool

    package init(
        concurrentInjections: Int = 1, namespaceMaxUnavailable: Amount = .share(0.3),
        workloadMaxUnavailable: Amount = .share(0.34), minReady: Int = 1,
        cooldown: Duration = .seconds(1800), nodeMaxUnavailable: Amount = .count(1),
        budgetInjections: Int? = nil, budgetPeriod: Duration = .seconds(86_400),
        budgetFailedRequests: Int? = nil, growth: Growth? = nil,
        respectDisruptionBudgets: Bool = true
    ) {
        self.concurrentInjections = concurrentInjections
        self.namespaceMaxUnavailable = namespaceMaxUnavailable
        self.workloadMaxUnavailable = workloadMaxUnavailable
        self.minReady = minReady
        self.cooldown = cooldown
        self.nodeMaxUnavailable = nodeMaxUnavailable
        self.budgetInjections = budgetInjections
        self.budgetPeriod = budgetPeriod
        self.budgetFailedRequests = budgetFailedRequests
        self.growth = growth
        self.respectDisruptionBudgets = respectDisruptionBudgets
    }
}

/// `{"count": 2}` or `{"share": 0.3}`.
extension Amount: Codable {
    private enum Key: String, CodingKey { case count, share }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .count(let count): try container.encode(count, forKey: .count)
        case .share(let share): try container.encode(share, forKey: .share)
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let count = try container.decodeIfPresent(Int.self, forKey: .count) {
            self = .count(count)
        } else {
            self = .share(try container.decode(Double.self, forKey: .share))
        }
    }
}
