import Testing

@testable import Core

@Suite struct SpellingTests {
    private static let words = [
        "schedule", "targets", "faults", "sham", "blastRadius", "gate", "mode",
    ]

    @Test(arguments: [
        ("shedule", "schedule"), ("scheduel", "schedule"), ("Faults", "faults"),
        ("fault", "faults"),
        ("blastradius", "blastRadius"), ("gatse", "gate"), ("mod", "mode"), ("xyz", nil), ("", nil),
        ("completely different", nil),
    ])
    func nearest(word: String, expected: String?) {
        #expect(Spelling.nearest(to: word, in: Self.words) == expected)
    }

    @Test func hostileWordsAreNotCompared() {
        let long = String(repeating: "a", count: 100_000)
        #expect(Spelling.nearest(to: long, in: [long]) == nil)
    }
}
