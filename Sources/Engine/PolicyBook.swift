// The policies in force. Replaced whole; what is refused leaves the last good ones in place.

package import Core

/// Holds the policies and tells the daemon when they change.
package actor PolicyBook {
    package private(set) var policies: [Policy]
    /// Why the newest configuration was refused; empty when it was taken.
    package private(set) var errors: [ConfigError] = []
    /// Rings when the policies changed.
    package nonisolated let bell = Doorbell()
    private let journal: Journal

    package init(_ policies: [Policy], journal: Journal) {
        self.policies = policies
        self.journal = journal
    }

    /// Takes a newly read set, or, when it has errors, keeps the last good one and says why.
    package func replace(_ new: [Policy], errors: [ConfigError]) async {
        self.errors = errors
        if errors.isEmpty {
            policies = new
            bell.ring()
        }
        await announce()
    }

    /// Journals what is in force.
    package func announce() async {
        let summaries = policies.map {
            PoliciesLoaded.Summary(id: $0.id, mode: $0.mode, digest: $0.digest, source: $0.source)
        }
        let loaded = PoliciesLoaded(policies: summaries, errors: errors.map(\.description))
        if await journal.state.policies == loaded { return }
        try? await journal.record(.policies(loaded))
    }
}
