import Testing

@testable import App

/// A simulated history is a function of its seed.
@Suite struct SimulationTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func theSameSeedGivesTheSameHistory(_ seed: UInt64) throws {
        let first = try Universe(seed: seed).run()
        let second = try Universe(seed: seed).run()
        #expect(first.transcript == second.transcript)
        #expect(first.steps == second.steps)
        #expect(first.violations == [])
        #expect(first.rounds > 0)
    }

    @Test func seedsDiffer() throws {
        let first = try Universe(seed: 4).run()
        let second = try Universe(seed: 5).run()
        #expect(first.transcript != second.transcript)
    }
}
