import Core
import Platform
import Simulation
import Testing

@Suite struct VirtualTimeTests {
    private static let start = Timestamp(seconds: 1_800_000_000)

    private func run(
        seed: UInt64 = 1, _ body: @escaping @Sendable (VirtualTime) async throws -> Void
    ) {
        let time = VirtualTime(seed: seed, start: Self.start)
        time.run {
            do { try await body(time) } catch { Issue.record(error) }
        }
    }

    @Test func sleepersWakeInTheOrderOfTheirTimes() {
        run { time in
            let order = Lock<[Int]>([])
            await withTaskGroup(of: Void.self) { group in
                for seconds in [30, 10, 20, 86_400] {
                    group.addTask {
                        try? await time.sleep(for: .seconds(seconds))
                        order.withLock { $0.append(seconds) }
                    }
                }
            }
            #expect(order.withLock { $0 } == [10, 20, 30, 86_400])
            #expect(time.uptime == .seconds(86_400))
            #expect(time.now == Self.start + .seconds(86_400))
        }
    }

    @Test func aSleepOfNothingReturns() {
        run { time in
            try await time.sleep(for: .zero)
            try await time.sleep(for: .seconds(-5))
            #expect(time.uptime == .zero)
        }
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func aCancelledSleepThrowsAtOnce(_ seed: UInt64) {
        run(seed: seed) { time in
            let failures = await withTaskGroup(of: Failure?.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        do throws(Failure) {
                            try await time.sleep(for: .seconds(1000))
                            return nil
                        } catch { return error }
                    }
                }
                if seed.isMultiple(of: 2) { try? await time.sleep(for: .seconds(1)) }
                group.cancelAll()
                return await group.reduce(into: []) { $0.append($1?.kind) }
            }
            #expect(failures == Array(repeating: .cancelled, count: 5))
            #expect(time.uptime <= .seconds(1))
        }
    }

    @Test func aJumpMovesTheWallClockAlone() {
        run { time in
            try await time.sleep(for: .seconds(10))
            time.jumpWallClock(by: .seconds(3600))
            #expect(time.uptime == .seconds(10))
            #expect(time.now == Self.start + .seconds(3610))
            time.jumpWallClock(by: .seconds(-7200))
            #expect(time.now == Self.start + .seconds(-3590))
            try await time.sleep(for: .seconds(5))
            #expect(time.uptime == .seconds(15))
        }
    }

    /// Twenty tasks that take turns: the order is a function of the seed, and seeds differ.
    @Test func theSeedDecidesTheOrder() {
        func order(_ seed: UInt64) -> [Int] {
            let order = Lock<[Int]>([])
            run(seed: seed) { _ in
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<20 {
                        group.addTask {
                            await Task.yield()
                            order.withLock { $0.append(number) }
                        }
                    }
                }
            }
            return order.withLock { $0 }
        }
        for seed in 1...10 as ClosedRange<UInt64> { #expect(order(seed) == order(seed)) }
        #expect(Set((1...10 as ClosedRange<UInt64>).map(order)).count > 1)
    }
}
