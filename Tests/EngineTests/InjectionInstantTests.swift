import Core
import Engine
import Platform
import Simulation
import Testing

/// What is checked at the gate is checked once more at the instant of the injection: time passes
/// between them, and the window may close, the leader may change, somebody may pull the switch.
@Suite struct InjectionInstantTests {
    /// Friday, 08:00:00 UTC, is when virtual time begins.
    private static let untilOneMinutePast = Schedule(
        cadence: .every(.seconds(120)),
        windows: [TimeWindow(weekdays: [5], from: 7 * 60, to: 8 * 60 + 1)])

    /// One round; `meanwhile` happens after target and announcement are marked and journaled.
    private static func round(
        schedule: Schedule = untilOneMinutePast, leadership: any Leadership = SoleLeadership(),
        holdWhile: Set<GateRules.Hold> = [],
        meanwhile: @escaping @Sendable (LaggingWorld) async throws -> Void,
        _ check:
            @escaping @Sendable (RoundRunner.Result, State, LaggingCluster) async throws ->
            Void
    ) {
        inVirtualTime { time in
            let world = try await LaggingWorld(
                time, schedule: schedule, leadership: leadership,
                holdWhile: holdWhile)
            await world.cluster.whileRead {
                do { try await meanwhile(world) } catch { Issue.record(error) }
            }
            let result = await world.runner.run(tick: time.now)
            try await check(result, await world.journal.state, world.cluster)
        }
    }

    private static func isWithdrawn(
        _ reason: String, schedule: Schedule = untilOneMinutePast,
        leadership: any Leadership = SoleLeadership(),
        holdWhile: Set<GateRules.Hold> = [],
        _ meanwhile: @escaping @Sendable (LaggingWorld) async throws -> Void
    ) {
        round(
            schedule: schedule, leadership: leadership, holdWhile: holdWhile, meanwhile: meanwhile
        ) {
            result, state, cluster in
            #expect(result == .ran(round: 1, .skipped))
            let round = try #require(state.rounds.first)
            #expect(round.injecting != nil)
            #expect(round.failure?.kind == .withdrawn)
            #expect(round.failure?.reason.contains(reason) == true, "\(round.failure as Any)")
            #expect(await cluster.removed.isEmpty)
            #expect(await cluster.marked.isEmpty)
        }
    }

    @Test func whatChangesNothingIsStruck() {
        Self.round(leadership: Tokens([7, 7, 7])) { world in
            try await world.time.sleep(for: .seconds(30))
        } _: { _, state, cluster in
            #expect(state.rounds.first?.injecting?.fencingToken == 7)
            #expect(state.rounds.first?.injectedAt != nil)
            #expect(await cluster.removed.count == 1)
        }
    }

    @Test func aWindowThatClosesMeanwhileClosesTheRound() {
        Self.isWithdrawn("the window closed") { try await $0.time.sleep(for: .seconds(60)) }
    }

    @Test func aClockThatIsSetOverTheEdgeClosesIt() {
        Self.isWithdrawn("the window closed") { $0.time.jumpWallClock(by: .seconds(3600)) }
        Self.isWithdrawn("the window closed") { $0.time.jumpWallClock(by: .seconds(-7200)) }
    }

    /// Asked at the gate, at the announcement and at the act.
    @Test(arguments: [nil, 6, 8])
    func leadershipThatIsNotTheSameIsLost(_ token: Int?) {
        Self.isWithdrawn("leadership was lost", leadership: Tokens([7, 7, token])) { _ in }
    }

    @Test func withoutATokenNothingIsAnnounced() {
        Self.round(leadership: Tokens([7, nil])) { _ in
        } _: { result, state, cluster in
            #expect(result == .ran(round: 1, .failed))
            #expect(state.rounds.first?.injecting == nil)
            #expect(
                state.rounds.first?.failure?.reason
                    == "leadership was lost before the injection")
            #expect(await cluster.removed.isEmpty)
            #expect(await cluster.marked.isEmpty)
        }
    }

    @Test func theSwitchAndTheEndComeInTime() {
        Self.isWithdrawn("halted by a person") {
            try await $0.journal.record(.halted(Halted(by: "a person")))
        }
        Self.isWithdrawn("ended by a signal") { $0.interruption.raise("ended by a signal") }
    }

    @Test func aPolicyThatIsReplacedMeanwhileStrikesNoMore() {
        Self.isWithdrawn("the policy was replaced or removed") {
            $0.retired.raise("the policy changed")
        }
    }

    private static func anomaly(_ world: LaggingWorld) async throws {
        let evidence = Evidence(
            service: ServiceRef(namespace: "shop", name: "cart"), signal: .badRatio, before: 0,
            baselineUpper: 0.01, now: 0.5, requests: 100, bad: 50, excess: 49, nats: 30,
            threshold: 13)
        let now = world.time.now
        let anomaly = Anomaly(evidence: evidence, onset: now, detectedAt: now)
        try await world.journal.record(
            .anomaly(AnomalyOpened(id: 1, anomaly: anomaly, round: nil, cause: "")))
    }

    @Test func whatTheGateHoldsForMeanwhileStopsIt() {
        Self.isWithdrawn("anomalous now: cart", holdWhile: [.alertFiring]) {
            try await Self.anomaly($0)
        }
        Self.isWithdrawn("not recovered: cart") {
            try await Self.anomaly($0)
            try await $0.journal.record(.unrecovered(AnomalyUnrecovered(id: 1, finding: "")))
        }
    }

    @Test func signalsThatAreLostMeanwhileStopIt() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            try await world.whileWatching {
                await world.cluster.whileRead {
                    await world.cluster.setSilent(true)
                    try? await time.sleep(for: .seconds(12))
                }
                #expect(await world.runner.run(tick: time.now) == .ran(round: 1, .skipped))
                let failure = await world.state.rounds.first?.failure
                #expect(failure?.kind == .withdrawn)
                #expect(failure?.reason == "the signals cannot be read: no signals here")
                #expect(await world.cluster.struck.isEmpty)
            }
        }
    }
}

/// A leadership that answers these tokens, one after another, and then the last one again.
private actor Tokens: Leadership {
    private var answers: [Int?]
    init(_ answers: [Int?]) { self.answers = answers }
    func run() async {}
    func token() async -> Int? { answers.count > 1 ? answers.removeFirst() : answers[0] }
}
