// What the verdicts of a whole journal add up to: which harms stand up against all strikes before
// them, and how often what broke was traced to what was struck.

/// Where the target of a harmful strike came among the root causes found.
package struct CauseRank: Codable, Sendable, Hashable {
    /// From one; nil when it was not among them.
    package var rank: Int?
    package init(rank: Int?) { self.rank = rank }
}

/// Counts over all judged strikes, folded from their events. Journals of versions that did not
/// journal them with the verdict have them in the sketches only.
package struct JudgeTally: Sendable, Hashable {
    /// Strikes tested as one series (e-LOND), and those of them whose harm is a discovery.
    package private(set) var tests = 0
    package private(set) var discoveries = 0
    /// The false discovery rate promised by the newest of them; nil before the first.
    package private(set) var alpha: Double?
    package private(set) var causes = CauseScore()
    /// Verdicts carried the answers: sketches, which may lag behind or be ahead, say nothing more.
    private var isExact = false

    package init() {}

    /// Adds the verdict of a round.
    mutating func add(_ judged: Judged) {
        if let discovery = judged.discovery {
            isExact = true
            tests += 1
            if discovery { discoveries += 1 }
            alpha = 1 - judged.verdict.confidence
        }
        if let cause = judged.cause { causes.add(rank: cause.rank) }
    }

    /// Takes the counts of a sketch, as long as no verdict carried any.
    mutating func add(_ sketch: JudgeSketch) {
        guard !isExact, sketch.online.tests >= tests else { return }
        tests = sketch.online.tests
        discoveries = sketch.online.discoveries
        alpha = sketch.online.alpha
        causes = sketch.causes
    }
}
