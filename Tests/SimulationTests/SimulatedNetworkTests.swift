import Core
import Platform
import Simulation
import Testing

/// Every way a call can go wrong, and that none of them happens in fair weather.
@Suite struct SimulatedNetworkTests {
    /// Counts the requests that took effect.
    private actor Counter: Handler {
        private(set) var count = 0
        private(set) var paths: [String] = []
        func handle(_ request: Request) async -> Reply {
            count += 1
            paths.append(request.url)
            return .response(Response(status: 200, contentType: "text/plain", text: "ok"))
        }
    }

    private struct Outcome: Sendable {
        var effects: Int
        var statuses: [Int: Int]
        var failures: [String: Int]
        var uptime: Duration
    }

    /// 200 calls in one weather.
    private func calls(_ weather: Weather, seed: UInt64 = 1) -> Outcome {
        let time = VirtualTime(seed: seed, start: Timestamp(seconds: 1_800_000_000))
        let result = Lock<Outcome?>(nil)
        time.run {
            let network = SimulatedNetwork(clock: time, seed: seed, weather: weather)
            let counter = Counter()
            network.serve("api:80", counter)
            var statuses: [Int: Int] = [:]
            var failures: [String: Int] = [:]
            for _ in 0..<200 {
                do throws(Failure) {
                    let response = try await network.exchange(
                        Request("GET", "http://api/x", deadline: .seconds(7)))
                    statuses[response.status, default: 0] += 1
                } catch {
                    #expect(error.kind == .transient)
                    let reason = String(error.message.split(separator: ": ").last ?? "")
                    failures[reason, default: 0] += 1
                }
            }
            let outcome = Outcome(
                effects: await counter.count, statuses: statuses, failures: failures,
                uptime: time.uptime)
            result.withLock { $0 = outcome }
        }
        return result.withLock { $0 }
            ?? Outcome(effects: -1, statuses: [:], failures: [:], uptime: .zero)
    }

    @Test func fairWeatherLosesNothing() {
        let outcome = calls(.fair)
        #expect(outcome.statuses == [200: 200])
        #expect(outcome.effects == 200)
        #expect(outcome.uptime > .zero)
        #expect(outcome.uptime < .seconds(3))
    }

    @Test func eachKindOfWeatherDoesWhatItSays() {
        let lost = calls(Weather(lost: 1))
        #expect(lost.effects == 0)
        #expect(lost.failures == ["connection reset": 200])
        let unheard = calls(Weather(answerLost: 1))
        #expect(unheard.effects == 200)
        #expect(unheard.failures == ["connection reset": 200])
        let silent = calls(Weather(silent: 1))
        #expect(silent.effects == 0)
        #expect(silent.failures == ["no answer within 7s": 200])
        #expect(silent.uptime >= .seconds(1400))
        let errors = calls(Weather(errors: 1))
        #expect(errors.effects == 0)
        #expect(Set(errors.statuses.keys) == [500, 503])
    }

    @Test func sharesAreShares() {
        let mixed = calls(Weather(lost: 0.25, answerLost: 0.25, errors: 0.25), seed: 5)
        // Five standard deviations of the binomial around 50 of 200.
        let fine = mixed.statuses[200] ?? 0
        #expect((20...80).contains(fine))
        #expect((20...80).contains(mixed.effects - fine))
        #expect((20...80).contains((mixed.statuses[500] ?? 0) + (mixed.statuses[503] ?? 0)))
    }

    @Test func hostsGoDownAndComeBack() {
        let time = VirtualTime(seed: 1, start: Timestamp(seconds: 1_800_000_000))
        time.run {
            let network = SimulatedNetwork(clock: time, seed: 1)
            let counter = Counter()
            network.serve("api:6443", counter)
            func call(_ url: String) async -> String? {
                do throws(Failure) {
                    _ = try await network.exchange(Request("GET", url))
                    return nil
                } catch { return error.message }
            }
            #expect(await call("https://api:6443/a?b=c") == nil)
            #expect(await call("http://other/")?.contains("connection refused") == true)
            network.setDown("api:6443", true)
            #expect(await call("https://api:6443/")?.contains("connection refused") == true)
            network.setDown("api:6443", false)
            #expect(await call("https://api:6443/") == nil)
            #expect(await counter.paths == ["/a?b=c", "/"])
        }
    }
}
