// The weekdays as people write them, and sets of them as text.

/// Names of ISO weekdays, 1 (Monday) ... 7 (Sunday).
package enum WeekdayName {
    package static let all = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    /// The weekday of a name such as `Mon` or `monday`; nil when it is none.
    package static func weekday(_ name: String) -> Int? {
        let full = [
            "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        ]
        let lower = name.lowercased()
        return full.firstIndex { $0 == lower || $0.prefix(3) == lower }.map { $0 + 1 }
    }

    /// The days of `Mon`, or of a range such as `Mon-Fri`; `Sat-Mon` runs over the week's end. Nil
    /// when it is neither.
    package static func days(_ text: String) -> [Int]? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        let ends = parts.compactMap(weekday)
        guard ends.count == parts.count, let first = ends.first, let last = ends.last,
            ends.count <= 2
        else { return nil }
        return first <= last ? Array(first...last) : Array(first...7) + Array(1...last)
    }

    /// `Mon-Fri`, `Sat,Sun` or `daily`: runs of three and more become ranges.
    package static func text(_ weekdays: Set<Int>) -> String {
        if weekdays.count == 7 { return "daily" }
        var parts: [String] = []
        var day = 1
        while day <= 7 {
            guard weekdays.contains(day) else {
                day += 1
                continue
            }
            var end = day
            while weekdays.contains(end + 1) { end += 1 }
            if end - day >= 2 {
                parts.append(all[day - 1] + "-" + all[end - 1])
            } else {
                parts += (day...end).map { all[$0 - 1] }
            }
            day = end + 1
        }
        return parts.joined(separator: ",")
    }
}

extension TimeWindow {
    /// `Mon-Fri 09:00-17:00`.
    package var text: String {
        WeekdayName.text(weekdays) + " " + Self.clock(from) + "-" + Self.clock(to)
    }

    /// Minutes after midnight as `HH:MM`.
    package static func clock(_ minutes: Int) -> String {
        padded(minutes / 60, 2) + ":" + padded(minutes % 60, 2)
    }
}

extension CalendarDate {
    /// `2026-12-24`.
    package var text: String { padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) }
}
