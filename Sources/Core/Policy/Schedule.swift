// When rounds happen, as a checked value. The arithmetic (next tick, is this instant inside a
// window) is in Core/Schedule; nothing here looks at a clock.

/// `spec.schedule`.
package struct Schedule: Sendable, Hashable {
    package enum Cadence: Sendable, Hashable {
        /// A fixed period between ticks, measured from the previous tick.
        case every(Duration)
        case cron(CronExpression)
    }

    package var cadence: Cadence
    /// Ticks move by up to this share of the period in either direction, 0...1.
    package var jitter: Double
    /// The zone of cron fields, windows and dates.
    package var zone: Zone
    /// Rounds happen only inside one of these; empty means always.
    package var windows: [TimeWindow]
    /// Whole local days without rounds.
    package var exceptDates: [CalendarDate]

    package init(
        cadence: Cadence, jitter: Double = 0, zone: Zone = .utc, windows: [TimeWindow] = [],
        exceptDates: [CalendarDate] = []
    ) {
        self.cadence = cadence
        self.jitter = jitter
        self.zone = zone
        self.windows = windows
        self.exceptDates = exceptDates
    }
}

/// A local date.
package struct CalendarDate: Sendable, Hashable, Comparable {
    package var year: Int
    package var month: Int
    package var day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

/// A daily span of local time on some weekdays. `to` at or before `from` crosses midnight: the part
/// after midnight belongs to the day it began on.
package struct TimeWindow: Sendable, Hashable {
    /// ISO weekdays, 1 (Monday) ... 7 (Sunday).
    package var weekdays: Set<Int>
    /// Minutes after local midnight, `from` included, `to` excluded; 1440 is the day's end.
    package var from: Int
    package var to: Int

    package init(weekdays: Set<Int>, from: Int, to: Int) {
        self.weekdays = weekdays
        self.from = from
        self.to = to
    }
}
