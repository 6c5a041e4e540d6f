import Core
import Glibc
import Platform
import Testing

@testable import Host

struct SystemClockTests {
    @Test func tellsTheTimeOfTheSystem() {
        let clock = SystemClock()
        let before = Int64(time(nil))
        let now = clock.now.nanoseconds / 1_000_000_000
        // time() reads a coarser clock, which may still show the second before.
        #expect(now >= before && now <= Int64(time(nil)) + 1)
    }

    @Test func uptimeNeverRunsBackwards() {
        let clock = SystemClock()
        var last = clock.uptime
        for _ in 0..<10_000 {
            let next = clock.uptime
            #expect(next >= last)
            last = next
        }
    }

    @Test func sleepsAtLeastAsLongAsAsked() async throws {
        let clock = SystemClock()
        let start = clock.uptime
        try await clock.sleep(for: .milliseconds(30))
        #expect(clock.uptime - start >= .milliseconds(30))
        try await clock.sleep(for: .zero)
        try await clock.sleep(for: .seconds(-5))
    }

    @Test(arguments: [Duration.seconds(3600), .zero])
    func aCancelledSleepFails(duration: Duration) async {
        let sleeper = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            try await SystemClock().sleep(for: duration)
        }
        await expectFailure(.cancelled) { try await sleeper.value }
    }
}
