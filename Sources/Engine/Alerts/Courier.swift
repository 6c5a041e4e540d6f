// Brings alerts to their sinks: one bounded queue and one loop for each, so that a slow one delays
// nobody. What Prometheus does (notifier/sendloop.go): batches, a time limit, resends while firing,
// resolved alerts resent for 15 minutes; here with a few retries inside the batch's lifetime.

import Core
package import Platform

/// The alert deliverer.
package struct Courier: Sendable {
    /// How often firing alerts are sent again to sinks that want it.
    package static let resend = Duration.seconds(60)
    /// How long a resolved alert is still resent.
    package static let resolvedFor = Duration.seconds(900)
    private static let batch = 256
    private static let pauses: [Duration] = [.seconds(1), .seconds(2), .seconds(4)]

    private let routes: [(notifier: any Notifier, outbox: Outbox)]
    private let journal: Journal
    private let clock: any WallClock
    private let leadership: any Leadership
    private let interruption: Interruption
    private let log: Log

    /// A standby that does not lead drops what it would send: the leader sends the same.
    package init(
        _ notifiers: [any Notifier], journal: Journal, clock: any WallClock,
        leadership: any Leadership = SoleLeadership(), interruption: Interruption, log: Log
    ) {
        routes = notifiers.map { ($0, Outbox()) }
        self.journal = journal
        self.clock = clock
        self.leadership = leadership
        self.interruption = interruption
        self.log = log
    }

    /// Delivery totals by endpoint.
    package func totals() async -> [(endpoint: String, totals: Outbox.Totals)] {
        var all: [(String, Outbox.Totals)] = []
        for route in routes { all.append((route.notifier.endpoint, await route.outbox.totals)) }
        return all
    }

    /// Delivers until the program ends; then sends once more what is queued.
    package func run() async {
        // What fired in an earlier life fires on: everybody hears of it again.
        for alert in await journal.state.firingAlerts { await put(alert) }
        let entries = await journal.events()
        await withTaskGroup { group in
            for route in routes {
                group.addTask { await self.deliver(route.notifier, route.outbox) }
            }
            group.addTask {
                await self.interruption.wait()
            }
            let forward = group.addTaskUnlessCancelled {
                for await entry in entries {
                    if case .alert(let alert) = entry.event { await self.put(alert) }
                }
            }
            _ = forward
            // Every loop ends at the interruption; the forwarder ends when the journal is closed or
            // the group is cancelled.
            for _ in 0...routes.count { await group.next() }
            group.cancelAll()
        }
    }

    private func put(_ alert: Alert) async {
        for route in routes { await route.outbox.put(alert) }
    }

    /// The loop of one sink.
    private func deliver(_ notifier: any Notifier, _ outbox: Outbox) async {
        var lastResend = clock.uptime
        while !interruption.isRaised, !Task.isCancelled {
            let batch = await outbox.take(Courier.batch)
            if !batch.isEmpty {
                await send(batch, to: notifier, outbox)
            } else if notifier.wantsResends, clock.uptime - lastResend >= Courier.resend {
                lastResend = clock.uptime
                await resend(to: notifier, outbox)
            } else {
                let rest = Courier.resend - (clock.uptime - lastResend)
                _ = await interruption.sleep(
                    for: notifier.wantsResends ? rest : Courier.resend, on: clock,
                    bell: outbox.bell)
            }
        }
        let rest = await outbox.take(Courier.batch)
        if !rest.isEmpty { await send(rest, to: notifier, outbox, retries: false) }
    }

    private func resend(to notifier: any Notifier, _ outbox: Outbox) async {
        let now = clock.now
        let alerts = await journal.state.alerts.values.filter { alert in
            alert.endsAt.map { now - $0 <= Courier.resolvedFor } ?? true
        }
        let sorted = alerts.sorted { $0.identity < $1.identity }
        if !sorted.isEmpty { await send(sorted, to: notifier, outbox) }
    }

    private func send(
        _ batch: [Alert], to notifier: any Notifier, _ outbox: Outbox, retries: Bool = true
    ) async {
        guard await leadership.token() != nil else { return }
        var attempt = 0
        while true {
            do throws(Failure) {
                try await notifier.send(batch, now: clock.now)
                await outbox.countSent(batch.count)
                return
            } catch {
                let isFinal =
                    error.kind != .transient || !retries || attempt >= Courier.pauses.count
                if isFinal {
                    await outbox.countError(batch.count, error.message)
                    log.warning("alerts were not delivered: \(error.message)")
                    return
                }
                let pause = max(Courier.pauses[attempt], error.retryAfter ?? .zero)
                attempt += 1
                _ = await interruption.sleep(for: min(pause, .seconds(30)), on: clock)
            }
        }
    }
}
