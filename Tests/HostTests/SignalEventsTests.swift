import Glibc
import Platform
import Testing

@testable import Host

@Suite(.timeLimit(.minutes(10)))
struct SignalEventsTests {
    /// In a process of its own, since handlers are process-wide.
    @Test func signalsArriveAsValuesAtEveryListener() async {
        await #expect(processExitsWith: .exitCode(3)) {
            var first = try SignalEvents.listen().makeAsyncIterator()
            var second = try SignalEvents.listen().makeAsyncIterator()
            for (number, event) in [
                (SIGHUP, SignalEvent.hangUp), (SIGINT, .interrupt), (SIGTERM, .terminate),
            ] {
                kill(getpid(), number)
                guard await first.next() == event, await second.next() == event else { exit(4) }
            }
            exit(3)
        }
    }

    @Test func aCancelledListenerEnds() async {
        await #expect(processExitsWith: .exitCode(3)) {
            let stream = try SignalEvents.listen()
            let listening = Task {
                for await _ in stream {}
                return true
            }
            listening.cancel()
            guard await listening.value else { exit(4) }
            kill(getpid(), SIGTERM)
            var other = try SignalEvents.listen().makeAsyncIterator()
            kill(getpid(), SIGINT)
            while let event = await other.next() {
                if event == .interrupt { exit(3) }
            }
        }
    }
}
