import Core
import Glibc
import Host
import Platform
import TestServers
import Testing

/// What the tests' own servers promise.
@Suite struct RealServerTests {
    /// As it happens when somebody else takes the port first.
    @Test func aServerThatEndsAtOnceIsStartedAgain() async throws {
        let ports = Lock<[UInt16]>([])
        var plan = RealServer.Plan.alertmanager()
        let arguments = plan.arguments
        plan.arguments = { directory, port in
            let starts = ports.withLock { ports in
                ports.append(port)
                return ports.count
            }
            return arguments(directory, port) + (starts == 1 ? ["--no-such-flag"] : [])
        }
        let server = try await RealServer.start(plan)
        let tried = ports.withLock { $0 }
        #expect(tried.count == 2)
        #expect(server.url.hasSuffix(":\(tried[1])"))
        await server.stop()
        #expect(unsafe access(server.directory, F_OK) != 0)
    }

    @Test func aServerThatNeverStartsSaysWhy() async throws {
        var plan = RealServer.Plan.alertmanager()
        plan.arguments = { _, _ in ["--no-such-flag"] }
        let failure = await #expect(throws: Failure.self) { try await RealServer.start(plan) }
        #expect(failure?.message.contains("no-such-flag") == true)
    }

    @Test func noMoreThanTheSlotsRunAtOnce() async throws {
        let slots = Slots(2)
        let running = Lock((now: 0, most: 0, ever: 0))
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    try await slots.hold {
                        running.withLock {
                            $0.now += 1
                            $0.ever += 1
                            $0.most = max($0.most, $0.now)
                        }
                        try await Task.sleep(for: .milliseconds(1))
                        running.withLock { $0.now -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        let seen = running.withLock { $0 }
        #expect(seen.now == 0 && seen.ever == 20 && seen.most <= 2)
    }
}
