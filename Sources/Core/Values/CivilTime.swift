// The proleptic Gregorian calendar: instants to fields and back, and RFC 3339 text. Pure
// arithmetic; a time zone is an offset that somebody else looked up.

/// Calendar fields of an instant at some offset from UTC.
package struct CivilTime: Hashable, Sendable {
    package var year: Int
    /// 1...12
    package var month: Int
    /// 1...31
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var nanosecond: Int

    package init(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0,
        nanosecond: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.nanosecond = nanosecond
    }

    /// The fields of `instant` shifted by `offset` seconds east of UTC.
    package init(_ instant: Timestamp, offset: Int = 0) {
        let total = floorDivision(instant.nanoseconds, 1_000_000_000)
        let shifted = Int(total.quotient) + offset
        let day = floorDivision(Int64(shifted), 86_400)
        self.init(daysSinceEpoch: Int(day.quotient))
        hour = Int(day.remainder) / 3600
        minute = Int(day.remainder) / 60 % 60
        second = Int(day.remainder) % 60
        nanosecond = Int(total.remainder)
    }

    /// Midnight of the day that is `daysSinceEpoch` days after 1970-01-01.
    /// Era arithmetic: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
    /// civil_from_days.
    package init(daysSinceEpoch: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.init(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Days since 1970-01-01 of this date (days_from_civil, same source as above).
    package var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// ISO day of the week: 1 is Monday, 7 is Sunday.
    package var weekday: Int { Int(floorDivision(Int64(daysSinceEpoch) + 3, 7).remainder) + 1 }

    /// The instant of these fields read as if the offset were `offset` seconds east of UTC. Years
    /// before 1678 and after 2261, such as Go's zero time, are clamped to the representable range.
    package func instant(offset: Int = 0) -> Timestamp {
        let seconds = Int64(daysSinceEpoch) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        return Timestamp(nanoseconds: 0)
            + (.seconds(seconds - Int64(offset)) + .nanoseconds(nanosecond))
    }

    /// The number of days in `month` of `year`.
    package static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }
}

/// Division that rounds towards minus infinity, with a remainder in `0..<divisor`.
func floorDivision(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

extension CivilTime {
    /// Date and time to the second, without an offset.
    fileprivate var text: String {
        let date = padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
        return date + "T" + padded(hour, 2) + ":" + padded(minute, 2) + ":" + padded(second, 2)
    }
}

extension Timestamp {
    /// RFC 3339 in UTC with as many fractional digits (0, 3, 6 or 9) as the value needs.
    package var rfc3339: String {
        let civil = CivilTime(self)
        var text = civil.text
        if civil.nanosecond % 1_000_000 == 0 {
            if civil.nanosecond != 0 { text += "." + padded(civil.nanosecond / 1_000_000, 3) }
        } else if civil.nanosecond % 1000 == 0 {
            text += "." + padded(civil.nanosecond / 1000, 6)
        } else {
            text += "." + padded(civil.nanosecond, 9)
        }
        return text + "Z"
    }

    /// RFC 3339 in UTC, cut to whole seconds: the form Kubernetes' `metav1.Time` has.
    package var rfc3339Seconds: String { CivilTime(self).text + "Z" }

    /// Reads an RFC 3339 date-time with `Z` or a numeric offset; nil when it is not one.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[range] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            return value
        }
        guard bytes.count >= 20, bytes[4] == 45, bytes[7] == 45, bytes[13] == 58, bytes[16] == 58,
            bytes[10] == 84 || bytes[10] == 116 || bytes[10] == 32,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), day >= 1, day <= CivilTime.days(inMonth: month, of: year),
            hour < 24, minute < 60, second < 61
        else { return nil }
        var index = 19
        var nanosecond = 0
        if bytes[index] == 46 {
            var scale = 100_000_000
            index += 1
            let first = index
            while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57 {
                nanosecond += Int(bytes[index] - 48) * scale
                scale /= 10
                index += 1
            }
            guard index > first else { return nil }
        }
        guard index < bytes.count else { return nil }
        var offset = 0
        if bytes[index] == 43 || bytes[index] == 45 {
            guard bytes.count == index + 6, bytes[index + 3] == 58,
                let hours = number(index + 1..<index + 3),
                let minutes = number(index + 4..<index + 6), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (bytes[index] == 45 ? -1 : 1)
        } else {
            guard bytes.count == index + 1, bytes[index] == 90 || bytes[index] == 122 else {
                return nil
            }
        }
        self = CivilTime(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second,
            nanosecond: nanosecond
        ).instant(offset: offset)
    }
}

/// Decimal text of `value`, padded with zeros on the left to `width`.
package func padded(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Timestamp(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(text) is not an RFC 3339 date-time")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}

extension Timestamp: CustomStringConvertible {
    package var description: String { rfc3339 }
}
