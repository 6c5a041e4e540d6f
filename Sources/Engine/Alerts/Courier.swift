// Brings alerts to their sinks: one bounded queue and one loop for each, so that a slow one delays
// nobody. What Prometheus does (notifier/sendloop.go): batches, a time limit, resends while firing,
// resolved alerts resent for 15 minutes; here with a few retries inside the batch's lifetime. A
// sink that wants no resends is told what it missed when it can be reached again.

import Core
package import Platform

/// The alert deliverer.
package struct Courier: Sendable {
    /// How often firing alerts are sent again to sinks that want it.
    package static let resend = Duration.seconds(60)
    /// How long a resolved alert is still resent.
    package static let resolvedFor = Duration.seconds(900)
    /// How often a standby looks whether it leads by now.
    private static let standby = Duration.seconds(5)
    private static let batch = 256
    private static let pauses: [Duration] = [.seconds(1), .seconds(2), .seconds(4)]

    private let routes: [(notifier: any Notifier, outbox: Outbox)]
    private let journal: Journal
    private let clock: any WallClock
    private let leadership: any Leadership
    private let interruption: Interruption
    private let log: Log

    /// A standby that does not lead drops what it would send: the leader sends the same. Who comes
    /// to lead tells everybody what fires then: the lease may have been lost with nobody to take
    /// it.
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
        let entries = await journal.events()
        // What fired in an earlier life fires on: everybody hears of it again.
        for alert in await journal.state.firingAlerts { await put(alert) }
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
        var isStandby = false
        while !interruption.isRaised, !Task.isCancelled {
            if await leadership.token() == nil {
                isStandby = true
                _ = await outbox.take(.max)
                _ = await interruption.sleep(for: Courier.standby, on: clock)
                continue
            }
            if isStandby {
                isStandby = false
                lastResend = clock.uptime
                for alert in await told() { await outbox.put(alert) }
            }
            let batch = await outbox.take(Courier.batch)
            if !batch.isEmpty {
                if await send(batch, to: notifier, outbox) || notifier.wantsResends { continue }
                await outbox.putBack(batch)
                _ = await interruption.sleep(
                    for: Courier.resend, on: clock, bell: outbox.bell)
            } else if notifier.wantsResends, clock.uptime - lastResend >= Courier.resend {
                lastResend = clock.uptime
                let alerts = await told()
                if !alerts.isEmpty { _ = await send(alerts, to: notifier, outbox) }
            } else {
                let rest = Courier.resend - (clock.uptime - lastResend)
                _ = await interruption.sleep(
                    for: notifier.wantsResends ? rest : Courier.resend, on: clock,
                    bell: outbox.bell)
            }
        }
        let rest = await outbox.take(Courier.batch)
        if rest.isEmpty { return }
        if await leadership.token() == nil { return }
        _ = await send(rest, to: notifier, outbox, retries: false)
    }

    /// After everything else ended: tells what was journaled too late for the loops.
    package func finish() async {
        guard await leadership.token() != nil else { return }
        for route in routes {
            let rest = await route.outbox.untold(told())
            if rest.isEmpty { continue }
            _ = await send(rest, to: route.notifier, route.outbox, retries: false)
        }
    }

    /// What fires, and what was resolved lately.
    private func told() async -> [Alert] {
        let now = clock.now
        return await journal.state.alerts.values.filter { alert in
            alert.endsAt.map { now - $0 <= Courier.resolvedFor } ?? true
        }.sorted { $0.identity < $1.identity }
    }

    /// False when it could not be delivered and another attempt may do it.
    private func send(
        _ batch: [Alert], to notifier: any Notifier, _ outbox: Outbox, retries: Bool = true
    ) async -> Bool {
        var attempt = 0
        while true {
            do throws(Failure) {
                try await notifier.send(batch, now: clock.now)
                await outbox.countSent(batch)
                return true
            } catch {
                let isFinal =
                    error.kind != .transient || !retries || attempt >= Courier.pauses.count
                if isFinal {
                    await outbox.countError(batch.count, error.message)
                    log.warning("alerts were not delivered: \(error.message)")
                    return error.kind == .rejected
                }
                let pause = max(Courier.pauses[attempt], error.retryAfter ?? .zero)
                attempt += 1
                _ = await interruption.sleep(for: min(pause, .seconds(30)), on: clock)
            }
        }
    }
}
