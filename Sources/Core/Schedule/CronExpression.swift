// A five-field cron expression as bit sets. Reading its text and finding its next minute are in
// CronReader and NextTick.

/// `minute hour day-of-month month day-of-week`. When both day fields are restricted, a day matches
/// if either does (POSIX crontab). A field is restricted unless it begins with `*`, as in Vixie
/// cron.
package struct CronExpression: Sendable, Hashable {
    /// Bits 0...59.
    package var minutes: UInt64
    /// Bits 0...23.
    package var hours: UInt32
    /// Bits 1...31.
    package var days: UInt32
    /// Bits 1...12.
    package var months: UInt16
    /// Bits 0...6, 0 is Sunday.
    package var weekdays: UInt8
    package var daysRestricted: Bool
    package var weekdaysRestricted: Bool
    /// The hour field begins with `*`: ticks follow elapsed time over changes of the clocks.
    package var hoursAreWild: Bool
    /// As written.
    package var text: String

    package init(
        minutes: UInt64, hours: UInt32, days: UInt32, months: UInt16, weekdays: UInt8,
        daysRestricted: Bool, weekdaysRestricted: Bool, hoursAreWild: Bool = false, text: String
    ) {
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.months = months
        self.weekdays = weekdays
        self.daysRestricted = daysRestricted
        self.weekdaysRestricted = weekdaysRestricted
        self.hoursAreWild = hoursAreWild
        self.text = text
    }
}
