import Core
import Engine
import Platform
import Simulation
import Testing

/// Interruption and Doorbell: nobody sleeps through a message, in any order of jobs.
@Suite struct WakingTests {
    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func everySleeperWakesAtTheInterruption(_ seed: UInt64) {
        inVirtualTime(seed: seed) { time in
            let interruption = Interruption()
            await withTaskGroup(of: Wake.self) { group in
                for _ in 0..<10 {
                    group.addTask { await interruption.sleep(for: .seconds(3600), on: time) }
                }
                group.addTask {
                    interruption.raise("first")
                    interruption.raise("second")
                    return .interrupted
                }
                for await wake in group { #expect(wake == .interrupted) }
            }
            #expect(interruption.reason == "first")
            #expect(time.uptime < .seconds(1))
            #expect(await interruption.sleep(for: .seconds(5), on: time) == .interrupted)
            await interruption.wait()
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aCancelledSleeperSaysSo(_ seed: UInt64) {
        inVirtualTime(seed: seed) { time in
            let interruption = Interruption()
            let wake = await withTaskGroup(of: Wake.self) { group in
                group.addTask { await interruption.sleep(for: .seconds(3600), on: time) }
                group.cancelAll()
                return await group.next()
            }
            #expect(wake == .cancelled)
            #expect(await interruption.sleep(for: .seconds(2), on: time) == .elapsed)
            #expect(time.uptime >= .seconds(2))
        }
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func aRingIsNotLostAndSeveralAreOne(_ seed: UInt64) {
        inVirtualTime(seed: seed) { time in
            let bell = Doorbell()
            bell.ring()
            bell.ring()
            await bell.wait()
            // The second ring was the first: now it is quiet until the next.
            let interruption = Interruption()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let wake = await interruption.sleep(for: .seconds(60), on: time, bell: bell)
                    #expect(wake == .elapsed)
                    #expect(time.uptime >= .seconds(10) && time.uptime < .seconds(60))
                }
                try? await time.sleep(for: .seconds(10))
                bell.ring()
            }
        }
    }

    /// A producer and a consumer: whatever the order, everything put is taken.
    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func nothingIsLeftBehindTheBell(_ seed: UInt64) {
        inVirtualTime(seed: seed) { time in
            let bell = Doorbell()
            let queue = Lock(0)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<100 {
                        queue.withLock { $0 += 1 }
                        bell.ring()
                        await Task.yield()
                    }
                }
                group.addTask {
                    var taken = 0
                    while taken < 100 {
                        await bell.wait()
                        taken += queue.withLock { count in
                            defer { count = 0 }
                            return count
                        }
                    }
                }
            }
            #expect(queue.withLock { $0 } == 0)
        }
    }

    @Test func aCancelledWaiterLetsGo() {
        inVirtualTime { _ in
            let bell = Doorbell()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<5 { group.addTask { await bell.wait() } }
                group.cancelAll()
            }
            bell.ring()
            await bell.wait()
        }
    }
}
