// The text of a cron expression to bit sets, or which field is wrong and what it takes.

/// Reads five-field cron: `*`, values, ranges `a-b`, steps `/n`, lists, names of months and
/// weekdays, and the `@hourly` family (crontab(5) of Vixie cron, without `@reboot`).
package enum CronReader {
    private struct Field {
        var name: String
        var range: ClosedRange<Int>
        var names: [String] = []
        /// The value of the first name.
        var firstName = 0

        var advice: String {
            var text = "\(name) takes \(range.lowerBound)-\(range.upperBound)"
            if let first = names.first, let last = names.last { text += " or \(first)-\(last)" }
            return text + ", *, lists a,b, ranges a-b and steps */n"
        }
    }

    private static let fields = [
        Field(name: "minute", range: 0...59),
        Field(name: "hour", range: 0...23),
        Field(name: "day of month", range: 1...31),
        Field(
            name: "month", range: 1...12,
            names: [
                "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
            ], firstName: 1),
        Field(
            name: "day of week", range: 0...7,
            names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
    ]

    private static let macros = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
        "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *",
        "@annually": "0 0 1 1 *",
    ]

    /// Reads `text`; the error has no position.
    package static func read(_ text: String) throws(ConfigError) -> CronExpression {
        let expanded = macros[text.lowercased()] ?? text
        if expanded.hasPrefix("@") {
            throw ConfigError(
                message: "\"\(text)\" is not known",
                fix: Spelling.advice(text, known: macros.keys.sorted()))
        }
        let parts = expanded.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        guard parts.count == 5 else {
            throw ConfigError(
                message: "\"\(text)\" has \(parts.count) fields, cron has 5",
                fix: parts.count == 6
                    ? "remove the seconds: minute hour day-of-month month day-of-week"
                    : "write minute hour day-of-month month day-of-week, e.g. \"*/2 * * * *\"")
        }
        var bits: [UInt64] = []
        for (field, part) in zip(fields, parts) { bits.append(try set(part, field)) }
        // 7 is Sunday, too.
        let weekdays = UInt8(truncatingIfNeeded: (bits[4] | bits[4] >> 7) & 0x7f)
        let cron = CronExpression(
            minutes: bits[0], hours: UInt32(bits[1]), days: UInt32(bits[2]),
            months: UInt16(bits[3]), weekdays: weekdays, daysRestricted: !parts[2].hasPrefix("*"),
            weekdaysRestricted: !parts[4].hasPrefix("*"),
            hoursAreWild: parts[1].hasPrefix("*"), text: text)
        if !cron.happens {
            throw ConfigError(
                message: "\"\(text)\" never happens: no month of it has such a day",
                fix: "change the day of month or the month")
        }
        return cron
    }

    private static func set(_ text: String, _ field: Field) throws(ConfigError) -> UInt64 {
        var bits: UInt64 = 0
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            bits |= try self.item(String(item), text, field)
        }
        return bits
    }

    private static func item(
        _ item: String, _ whole: String, _ field: Field
    ) throws(ConfigError) -> UInt64 {
        func wrong(_ why: String) -> ConfigError {
            ConfigError(message: "cron field \(field.name) \"\(whole)\": \(why)", fix: field.advice)
        }
        let halves = item.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard halves.count <= 2, let base = halves.first, !base.isEmpty else {
            throw wrong(item.isEmpty ? "an element is empty" : "\"\(item)\" is not understood")
        }
        var step = 1
        if halves.count == 2 {
            guard let size = number(halves[1]), size > 0, size <= field.range.upperBound else {
                throw wrong("\"\(halves[1])\" is not a step")
            }
            step = size
        }
        var low = field.range.lowerBound
        var high = field.range.upperBound == 7 ? 6 : field.range.upperBound
        if base != "*" {
            let ends = base.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            guard ends.count <= 2 else { throw wrong("\"\(base)\" is not a range") }
            var values: [Int] = []
            for end in ends {
                guard let value = value(end, field) else {
                    throw wrong("\"\(end)\" is not allowed")
                }
                values.append(value)
            }
            low = values[0]
            // `5/10` means from 5 to the end, as in every common cron.
            if values.count == 2 { high = values[1] } else if halves.count == 1 { high = low }
            if high < low { throw wrong("the range \"\(base)\" ends before it begins") }
        }
        return stride(from: low, through: high, by: step).reduce(0) { $0 | 1 << UInt64($1) }
    }

    private static func value(_ text: String, _ field: Field) -> Int? {
        if let index = field.names.firstIndex(of: text.uppercased()) {
            return field.firstName + index
        }
        guard let value = number(text), field.range.contains(value) else { return nil }
        return value
    }

    private static func number(_ text: String) -> Int? {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return Int(text)
    }
}

extension CronExpression {
    /// False for dates such as 31 February.
    fileprivate var happens: Bool {
        if daysRestricted && weekdaysRestricted { return true }
        return (1...12).contains { month in
            months >> UInt16(month) & 1 == 1
                && (1...CivilTime.days(inMonth: month, of: 2024)).contains {
                    days >> UInt32($0) & 1 == 1
                }
        }
    }
}
