// What a source is asked for after it did not answer for long: not everything since.

import Core
import Engine
import Platform
import Simulation
import Testing

/// A source that fails when told to, and keeps what it was asked.
private actor Unreliable: SignalSource {
    nonisolated let interval = Duration.seconds(5)
    private(set) var asked: [Question] = []
    private var isFailing = false

    func fail(_ isFailing: Bool) { self.isFailing = isFailing }

    func read(_ question: Question) async throws(Failure) -> Reading {
        asked.append(question)
        if isFailing { throw Failure(.transient, "no answer") }
        return Reading(series: [], reporters: [], completeUntil: question.until)
    }
}

@Suite struct OutageQuestionTests {
    @Test func aLongOutageIsNotAskedForAtOnce() {
        inVirtualTime { time in
            let source = Unreliable()
            let watch = SignalWatch(
                judge: Judge(settings: JudgeSettings(interval: source.interval)),
                source: source,
                journal: try await Journal(
                    storage: SimulatedStorage(clock: time, seed: 1), clock: time),
                clock: time, interruption: Interruption(), log: .silent)
            await watch.configure([NamespaceWorld.policy("shop")]) { nil }
            func pass(_ windows: Int) async throws {
                for _ in 0..<windows {
                    try await time.sleep(for: source.interval)
                    await watch.tick()
                }
            }
            try await pass(5)
            await source.fail(true)
            try await pass(1000)
            await source.fail(false)
            try await pass(1)
            let last = try #require(await source.asked.last)
            #expect(last.until - last.since == source.interval * 8)
        }
    }
}
