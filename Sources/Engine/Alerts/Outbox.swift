// A bounded queue of alerts for one endpoint. Full means the oldest is dropped and counted: the
// next resend covers it where the sink takes resends.

package import Core
import Platform

/// The queue and the delivery counters of one endpoint.
package actor Outbox {
    /// What happened to alerts so far.
    package struct Totals: Sendable, Hashable {
        package var sent = 0
        package var errors = 0
        package var dropped = 0
        package var queued = 0
        package var lastError: String?
        package init() {}
    }

    private let capacity: Int
    private var queue: [Alert] = []
    /// What was delivered last of each alert that fires for all the sink knows.
    private var told: [String: Alert] = [:]
    /// Rings when there is something to take.
    package nonisolated let bell = Doorbell()
    package private(set) var totals = Totals()

    package init(capacity: Int = 10_000) { self.capacity = capacity }

    /// Adds one change. A queued older version of the same alert is replaced, unless something else
    /// is to be told between the two.
    package func put(_ alert: Alert) {
        if let index = queue.lastIndex(where: { $0.fingerprint == alert.fingerprint }),
            queue[index].isFiring == alert.isFiring
        {
            queue[index] = alert
        } else {
            queue.append(alert)
        }
        if queue.count > capacity {
            queue.removeFirst()
            totals.dropped += 1
        }
        totals.queued = queue.count
        bell.ring()
    }

    /// Puts back what could not be delivered, before everything else; what has changed since then
    /// is not told any more.
    package func putBack(_ batch: [Alert]) {
        let stale = batch.filter { alert in
            !queue.contains {
                $0.fingerprint == alert.fingerprint && $0.isFiring == alert.isFiring
            }
        }
        let room = max(0, capacity - queue.count)
        queue.insert(contentsOf: stale.suffix(room), at: 0)
        totals.dropped += max(0, stale.count - room)
        totals.queued = queue.count
    }

    /// Up to `limit` alerts, each identity once, oldest first.
    package func take(_ limit: Int) -> [Alert] {
        var batch: [Alert] = []
        var rest: [Alert] = []
        var seen: Set<String> = []
        for alert in queue {
            if batch.count < limit, seen.insert(alert.fingerprint).inserted {
                batch.append(alert)
            } else {
                rest.append(alert)
            }
        }
        queue = rest
        totals.queued = queue.count
        return batch
    }

    /// `batch` was delivered.
    package func countSent(_ batch: [Alert]) {
        totals.sent += batch.count
        for alert in batch { told[alert.fingerprint] = alert.isFiring ? alert : nil }
    }

    /// Those of `alerts` of which the sink does not know that they fire, or that they no longer do.
    package func untold(_ alerts: [Alert]) -> [Alert] {
        alerts.filter { alert in
            guard let known = told[alert.fingerprint] else { return alert.isFiring }
            return !alert.isFiring || known.startsAt != alert.startsAt
        }
    }

    package func countError(_ count: Int, _ message: String) {
        totals.errors += count
        totals.lastError = message
    }
}
