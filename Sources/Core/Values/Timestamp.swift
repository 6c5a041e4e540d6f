// An instant on the wall clock. It knows RFC 3339 and the civil calendar in UTC; it does not know
// where the time comes from, nor any other time zone.

/// Nanoseconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX time).
package struct Timestamp: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// `seconds` since the epoch; out-of-range values are clamped, NaN becomes the epoch.
    package init(seconds: Double) {
        let scaled = (seconds * 1e9).rounded()
        if scaled.isNaN {
            nanoseconds = 0
        } else {
            nanoseconds = Int64(max(-9.2e18, min(9.2e18, scaled)))
        }
    }

    /// Seconds since the epoch.
    package var seconds: Double { Double(nanoseconds) / 1e9 }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The instant `duration` later, clamped to the representable range.
    package static func + (left: Self, right: Duration) -> Self {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
        if overflow { return Self(nanoseconds: right.nanoseconds > 0 ? .max : .min) }
        return Self(nanoseconds: sum)
    }

    package static func - (left: Self, right: Duration) -> Self { left + (.zero - right) }

    /// The time from `right` to `left`, clamped to 292 years; negative when `left` is earlier.
    package static func - (left: Self, right: Self) -> Duration {
        let (gap, overflow) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        if overflow { return .nanoseconds(left < right ? Int64.min : Int64.max) }
        return .nanoseconds(gap)
    }

    package static func += (left: inout Self, right: Duration) { left = left + right }
}

extension Duration {
    /// Whole nanoseconds, clamped to what 64 bits can hold (292 years).
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds > 0 ? .max : .min }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        if carried { return seconds > 0 ? .max : .min }
        return sum
    }

    /// The duration in seconds as a number.
    package var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// `seconds` rounded to whole nanoseconds; NaN becomes zero.
    package static func inSeconds(_ seconds: Double) -> Duration {
        let scaled = (seconds * 1e9).rounded()
        if scaled.isNaN { return .zero }
        return .nanoseconds(Int64(max(-9.2e18, min(9.2e18, scaled))))
    }
}
