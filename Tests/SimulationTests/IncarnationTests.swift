import Core
import Platform
import Simulation
import Testing

/// A crash at a door call: before it takes effect, or after it did and before anybody knows.
@Suite struct IncarnationTests {
    private func run(_ body: @escaping @Sendable (VirtualTime) async throws -> Void) {
        let time = VirtualTime(seed: 1, start: Timestamp(seconds: 1_800_000_000))
        time.run {
            do { try await body(time) } catch { Issue.record(error) }
        }
    }

    @Test(arguments: [false, true])
    func theFatalCallTakesEffectOrNot(_ afterwards: Bool) {
        run { time in
            let disk = SimulatedStorage(clock: time, seed: 1)
            let life = Incarnation(crashAt: 3, afterwards: afterwards)
            let storage = life.storage(disk)
            try await storage.append([1])
            try await storage.append([2])
            #expect(!life.isDead)
            await #expect(throws: Failure(.cancelled, "the process was killed")) {
                try await storage.append([3])
            }
            #expect(life.isDead)
            #expect(disk.rows == (afterwards ? [[1], [2], [3]] : [[1], [2]]))
            await life.death()
            // Dead doors do nothing more.
            await #expect(throws: Failure.self) { try await storage.append([4]) }
            await #expect(throws: Failure.self) { try await life.clock(time).sleep(for: .zero) }
            #expect(disk.rows.count == (afterwards ? 3 : 2))
        }
    }

    @Test func whoeverWaitsForTheDeathLearnsOfIt() {
        run { time in
            let life = Incarnation(crashAt: nil, afterwards: false)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { await life.death() } }
                try? await time.sleep(for: .seconds(5))
                #expect(!life.isDead)
                life.kill()
            }
            #expect(life.calls == 0)
        }
    }

    /// A call that is under way when the life ends was made, and nobody learns of its answer.
    @Test func aCallUnderWayEndsUnheard() {
        run { time in
            let life = Incarnation(crashAt: nil, afterwards: false)
            let clock = life.clock(time)
            let failure = await withTaskGroup(of: Failure?.self) { group in
                group.addTask {
                    do throws(Failure) {
                        try await clock.sleep(for: .seconds(10))
                        return nil
                    } catch { return error }
                }
                try? await time.sleep(for: .seconds(5))
                life.kill()
                return await group.next() ?? nil
            }
            #expect(failure?.kind == .cancelled)
            #expect(time.uptime == .seconds(10))
        }
    }
}
