// The users: sends requests at a rate (open loop) or one after the other (closed loop), and notes
// what comes back. What is behind the handler it sends to, it does not know.

import Core
package import Platform

/// A bounded source of traffic.
package final class LoadGenerator: Sendable {
    /// When requests are sent.
    package enum Pace: Sendable, Hashable {
        /// So many a second whatever the answers do, at even intervals.
        case uniform(perSecond: Double)
        /// So many a second on average, at random instants (a Poisson process).
        case poisson(perSecond: Double)
        /// So many users, each waiting for its answer and then for `pause`.
        case closed(users: Int, pause: Duration)
    }

    package struct Settings: Sendable {
        package var pace: Pace
        package var method: String
        /// The host that users name, e.g. `repeater.acme.com`.
        package var host: String
        /// Path and query.
        package var target: String
        /// Requests under way at the same time; more are skipped.
        package var concurrency: Int
        package var deadline: Duration
        package var seed: UInt64

        package init(
            pace: Pace = .poisson(perSecond: 10), method: String = "GET",
            host: String = "repeater.acme.com",
            target: String = "/?addr=http://go-app/demo/person", concurrency: Int = 64,
            deadline: Duration = .seconds(10), seed: UInt64 = 0
        ) {
            self.pace = pace
            self.method = method
            self.host = host
            self.target = target
            self.concurrency = concurrency
            self.deadline = deadline
            self.seed = seed
        }
    }

    private struct State {
        var tally = UserTally()
        var underway = 0
    }

    private let settings: Settings
    private let entry: any Handler
    private let clock: any WallClock
    private let state = Lock(State())

    /// Sends to `entry`, usually the outbound proxy of a gateway, which must honour deadlines.
    package init(settings: Settings, entry: any Handler, clock: any WallClock) {
        self.settings = settings
        self.entry = entry
        self.clock = clock
    }

    /// What users saw so far.
    package var tally: UserTally { state.withLock { $0.tally } }

    /// Sends until the task is cancelled. Requests cut off by the end are not counted.
    package func run() async {
        switch settings.pace {
        case .uniform(let rate): await open(rate: rate, random: false)
        case .poisson(let rate): await open(rate: rate, random: true)
        case .closed(let users, let pause): await closed(users: users, pause: pause)
        }
    }

    private func open(rate: Double, random: Bool) async {
        guard rate > 0, rate.isFinite else { return }
        var stream = RandomStream(seed: RandomStream.fork(settings.seed, "load"))
        await withDiscardingTaskGroup { group in
            var due = clock.uptime
            while true {
                let gap = random ? stream.exponential(rate: rate) : 1 / rate
                due += .inSeconds(gap)
                // After a stall (a suspended machine) the lost time is not made up for.
                due = max(due, clock.uptime - .seconds(1))
                do throws(Failure) { try await clock.sleep(for: due - clock.uptime) } catch {
                    group.cancelAll()
                    return
                }
                if begin() { group.addTask { await self.send() } }
            }
        }
    }

    private func closed(users: Int, pause: Duration) async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<max(0, min(users, settings.concurrency)) {
                group.addTask {
                    while !Task.isCancelled {
                        _ = self.begin()
                        await self.send()
                        do throws(Failure) { try await self.clock.sleep(for: pause) } catch {
                            return
                        }
                    }
                }
            }
        }
    }

    private func begin() -> Bool {
        state.withLock { state in
            guard state.underway < settings.concurrency else {
                state.tally.skipped += 1
                return false
            }
            state.underway += 1
            return true
        }
    }

    private func send() async {
        let start = clock.uptime
        let request = Request(
            settings.method, settings.target, headers: ["Host": settings.host],
            deadline: settings.deadline)
        let reply = await entry.handle(request)
        let status =
            switch reply {
            case .response(let response): response.status
            case .stream(let stream): stream.status
            case .disconnect: 0
            }
        let waited = clock.uptime - start
        let cancelled = Task.isCancelled
        state.withLock { state in
            state.underway -= 1
            if !cancelled { state.tally.add(status: status, after: waited) }
        }
    }
}
