// When each target is scraped: once an interval, at a place in it that only depends on the target's
// name, so that targets are spread out and keep their distance across restarts. Pure arithmetic.

import Core

/// The rhythm of one scrape interval.
package struct ScrapeSchedule: Sendable {
    package let interval: Duration

    package init(interval: Duration) { self.interval = interval }

    /// The target's place within the interval.
    package func offset(of name: String) -> Duration {
        .nanoseconds(
            Int64(RandomStream.fork(0, name) % UInt64(max(1, interval.nanoseconds))))
    }

    /// The first instant of the target's rhythm at or after `uptime`.
    package func next(of name: String, from uptime: Duration) -> Duration {
        let period = max(1, interval.nanoseconds)
        let past = uptime.nanoseconds - offset(of: name).nanoseconds
        let remainder = ((past % period) + period) % period
        return remainder == 0 ? uptime : uptime + .nanoseconds(period - remainder)
    }
}
