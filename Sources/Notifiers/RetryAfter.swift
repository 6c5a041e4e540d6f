// The Retry-After header (RFC 9110 section 10.2.3): seconds, or a date.

import Core

enum RetryAfter {
    /// How long to wait from `now`; nil when `text` is neither form. A date in the past is zero.
    static func duration(_ text: String, now: Timestamp) -> Duration? {
        if let seconds = Int(text), seconds >= 0 { return .seconds(min(seconds, 86_400)) }
        return date(text).map { min(max($0 - now, .zero), .seconds(86_400)) }
    }

    /// `Wed, 21 Oct 2015 07:28:00 GMT`, the only form that senders may still use.
    private static func date(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]),
            let month = months.firstIndex(of: String(words[2])), let year = Int(words[3])
        else { return nil }
        let clock = words[4].split(separator: ":")
        guard clock.count == 3, let hour = Int(clock[0]), let minute = Int(clock[1]),
            let second = Int(clock[2]), (1970...9999).contains(year), day >= 1,
            day <= CivilTime.days(inMonth: month + 1, of: year), (0..<24).contains(hour),
            (0..<60).contains(minute), (0...60).contains(second)
        else { return nil }
        return CivilTime(
            year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second
        ).instant()
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
