import Core
import Platform
import Simulation
import Testing

@testable import Engine

/// The loop of one policy: ticks, a wall clock that somebody sets, and a policy that is taken away.
/// Its rounds are all held, for nobody reads any signals; each leaves a `held`.
@Suite struct PolicyLoopTests {
    /// A policy that is due every minute on the minute, and its loop.
    private struct Minutes: Sendable {
        let retired = Interruption()
        let loop: PolicyLoop
        private let storage: SimulatedStorage

        init(_ time: VirtualTime, last: Timestamp? = nil) async throws {
            let world = try await AbortWorld(time) { _ in }
            storage = world.storage
            if let last {
                let held = Held(
                    policy: world.policy.id, tick: last, reasons: [.blind], text: "blind")
                try await world.journal.record(.held(held))
            }
            let book = PolicyBook([world.policy], journal: world.journal, clock: time)
            loop = PolicyLoop(runner: world.runner, retired: retired, book: book, limit: nil)
        }

        /// The reasons of each tick so far.
        var held: [[HoldReason]] {
            get async throws {
                var codec = JournalCodec()
                var found: [[HoldReason]] = []
                for row in try await storage.records() {
                    if case .held(let held) = try codec.decode(row).event {
                        found.append(held.reasons)
                    }
                }
                return found
            }
        }
    }

    /// Runs the loop for a hundred seconds after `body`, which finds it 70 s old: one tick is over.
    /// Returns what each tick of this life was held for.
    private static func ticks(
        afterwards: Duration = .seconds(100),
        _ body: @escaping @Sendable (VirtualTime) -> Void
    ) -> [[HoldReason]] {
        let result = Lock<[[HoldReason]]>([])
        inVirtualTime { time in
            let minutes = try await Minutes(time)
            try await withBackground([{ await minutes.loop.run() }]) {
                try await time.sleep(for: .seconds(70))
                body(time)
                try await time.sleep(for: afterwards)
            }
            let held = try await minutes.held
            result.withLock { $0 = held }
        }
        return result.withLock { $0 }
    }

    @Test func withoutAJumpNoTickIsHeldForOne() {
        let ticks = Self.ticks { _ in }
        #expect(ticks.count == 2)
        #expect(ticks.allSatisfy { !$0.contains(.clockJump) })
    }

    @Test(arguments: [1, 4, -1, -4])
    func aSmallDifferenceIsNoJump(_ seconds: Int) {
        let ticks = Self.ticks { $0.jumpWallClock(by: .seconds(seconds)) }
        #expect(ticks.count == 2)
        #expect(ticks.allSatisfy { !$0.contains(.clockJump) })
    }

    @Test(arguments: [6, 45, 3600, 86_400 * 30])
    func aClockSetForwardHoldsOneTick(_ seconds: Int) {
        let ticks = Self.ticks(afterwards: .seconds(200)) {
            $0.jumpWallClock(by: .seconds(seconds))
        }
        #expect(ticks.count >= 3)
        #expect(ticks.indices.filter { ticks[$0].contains(.clockJump) } == [1])
    }

    /// It is noticed at once, not when the clock shows the tick again, which may be days later; and
    /// the ticks go on.
    @Test(arguments: [6, 45, 3600, 86_400 * 30])
    func aClockSetBackHoldsOneTickAndTheOthersGoOn(_ seconds: Int) {
        let soon = Self.ticks(afterwards: .seconds(16)) {
            $0.jumpWallClock(by: .seconds(-seconds))
        }
        #expect(soon.map { $0.contains(.clockJump) } == [false, true])
        let later = Self.ticks(afterwards: .seconds(200)) {
            $0.jumpWallClock(by: .seconds(-seconds))
        }
        #expect(later.count >= 3)
        #expect(later.filter { $0.contains(.clockJump) }.count == 1)
    }

    /// A tick that is due at once, of a policy that was just taken away.
    @Test func aPolicyThatIsGoneHasNoLastRound() {
        inVirtualTime { time in
            let kept = try await Minutes(time, last: time.now - .seconds(600))
            try await withBackground([{ await kept.loop.run() }]) {
                try await time.sleep(for: .seconds(1))
            }
            #expect(try await kept.held.count == 2)
            let gone = try await Minutes(time, last: time.now - .seconds(600))
            gone.retired.raise("the policy changed")
            await gone.loop.run()
            #expect(try await gone.held.count == 1)
        }
    }
}
