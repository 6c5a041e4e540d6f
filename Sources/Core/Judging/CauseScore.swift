// How often the place that failures were traced to was the place that was struck: the root-cause
// search, scored on faults whose cause is known.

/// Root causes found against root causes injected: AC@1 and AC@3 of the strikes that did harm
/// (detection design section 7).
package struct CauseScore: Codable, Sendable, Hashable {
    package private(set) var strikes = 0
    /// Strikes whose target came first.
    package private(set) var hits = 0
    /// Strikes whose target was among the first three.
    package private(set) var hitsInThree = 0

    package init() {}

    private enum CodingKeys: String, CodingKey { case strikes, hits, hitsInThree }

    /// A sketch from before AC@3 was kept has `strikes` and `hits` only: what came first was among
    /// the first three.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        strikes = try container.decode(Int.self, forKey: .strikes)
        hits = try container.decode(Int.self, forKey: .hits)
        hitsInThree = try container.decodeIfPresent(Int.self, forKey: .hitsInThree) ?? hits
    }

    /// Adds one harmful strike: the place of its target in the ranked list, from one; nil when it
    /// was not in it.
    package mutating func add(rank: Int?) {
        strikes += 1
        guard let rank else { return }
        if rank <= 1 { hits += 1 }
        if rank <= 3 { hitsInThree += 1 }
    }

    /// Takes over `other` if it knows of more strikes.
    mutating func catchUp(_ other: CauseScore) { if other.strikes > strikes { self = other } }

    /// AC@1, the share of strikes whose target came first; nil before the first.
    package var accuracy: Double? { strikes > 0 ? Double(hits) / Double(strikes) : nil }

    /// AC@3, the share of strikes whose target was among the first three; nil before the first.
    package var accuracyInThree: Double? {
        strikes > 0 ? Double(hitsInThree) / Double(strikes) : nil
    }
}
