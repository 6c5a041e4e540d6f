// The policies in force. Replaced whole; what is refused leaves the last good ones in place.

package import Core
package import Platform

/// Holds the policies and tells the daemon when they change.
package actor PolicyBook {
    package private(set) var policies: [Policy]
    /// Why the newest configuration was refused; empty when it was taken.
    package private(set) var errors: [ConfigError] = []
    /// Rings when the policies changed.
    package nonisolated let bell = Doorbell()
    /// When the policies in force were taken, and how many newer sets were refused.
    package private(set) var lastGoodAt: Timestamp?
    package private(set) var failures = 0
    /// When each policy is due next, as its loop says.
    package private(set) var nextTicks: [String: Timestamp] = [:]
    private let journal: Journal
    private let clock: any WallClock

    package init(_ policies: [Policy], journal: Journal, clock: any WallClock) {
        self.policies = policies
        self.journal = journal
        self.clock = clock
        lastGoodAt = clock.now
    }

    /// Tells when a policy is due next; nil when its loop ended.
    package func announce(next tick: Timestamp?, of policy: String) { nextTicks[policy] = tick }

    /// Takes a newly read set, or, when it has errors, keeps the last good one and says why.
    package func replace(_ new: [Policy], errors: [ConfigError]) async {
        self.errors = errors
        if errors.isEmpty {
            policies = new
            lastGoodAt = clock.now
            bell.ring()
        } else {
            failures += 1
        }
        await announce()
    }

    /// Journals what is in force.
    package func announce() async {
        let summaries = policies.map {
            PoliciesLoaded.Summary(
                id: $0.id, mode: $0.mode, digest: $0.digest, source: $0.source,
                limits: EarnedLimits($0.blastRadius))
        }
        let loaded = PoliciesLoaded(policies: summaries, errors: errors.map(\.description))
        if await journal.state.policies == loaded { return }
        try? await journal.record(.policies(loaded))
    }
}
