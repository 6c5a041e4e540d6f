// The kinds of single values that configuration holds: how each is written, and what to say when it
// is not. Positions are added by ConfigFields.

/// A reader of one kind of scalar. Its errors carry message and fix only.
package struct ConfigScalar<Value> {
    /// In words, e.g. `a duration`.
    package let wanted: String
    /// From the text and whether it was quoted.
    package let read: (_ text: String, _ quoted: Bool) throws(ConfigError) -> Value

    package init(
        _ wanted: String,
        _ read: @escaping (_ text: String, _ quoted: Bool) throws(ConfigError) -> Value
    ) {
        self.wanted = wanted
        self.read = read
    }

    /// A reader whose only mistake is not being `wanted`.
    package init(
        _ wanted: String, fix: String = "",
        optional read: @escaping (_ text: String, _ quoted: Bool) -> Value?
    ) {
        self.init(wanted) { (text, quoted) throws(ConfigError) in
            if let value = read(text, quoted) { return value }
            throw ConfigError(message: "\"\(text)\" is not \(wanted)", fix: fix)
        }
    }
}

extension ConfigScalar where Value == String {
    /// Any text but the empty one.
    package static func text(_ wanted: String) -> Self {
        Self(wanted) { (text, _) throws(ConfigError) in
            if text.isEmpty { throw ConfigError(message: "is empty", fix: "write \(wanted)") }
            return text
        }
    }

    /// `http://` or `https://`, a host, no blanks and no fragment.
    package static var url: Self {
        Self("a URL", fix: "write e.g. http://prometheus.monitoring:9090") { text, _ in
            for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
                let rest = text.dropFirst(scheme.count)
                let host = rest.prefix { !"/?#".contains($0) }
                let isClean = rest.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x23 }
                if !host.isEmpty, host.first != ":", isClean { return text }
            }
            return nil
        }
    }
}

extension ConfigScalar where Value == Bool {
    package static var boolean: Self {
        Self("true or false", fix: "write true or false, without quotes") { text, quoted in
            quoted ? nil : text == "true" ? true : text == "false" ? false : nil
        }
    }
}

extension ConfigScalar where Value == Int {
    package static func whole(_ range: ClosedRange<Int>) -> Self {
        let wanted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Self(wanted) { (text, quoted) throws(ConfigError) in
            let value = Int(text)
            if let value, range.contains(value), !quoted { return value }
            if quoted, value != nil {
                throw ConfigError(
                    message: "\"\(text)\" is quoted, so it is not a number", fix: "write \(text)")
            }
            throw ConfigError(message: "\"\(text)\" is not \(wanted)")
        }
    }
}

extension ConfigScalar where Value == Double {
    /// A number greater than 0 and at most `limit`.
    package static func positive(upTo limit: Double) -> Self {
        Self("a number greater than 0 and at most \(Int(limit))") {
            (text, quoted) throws(ConfigError) in
            if !quoted, let value = Double(text), value > 0, value <= limit { return value }
            throw ConfigError(
                message: "\"\(text)\" is not a number greater than 0 and at most \(Int(limit))",
                fix: quoted ? "write it without quotes" : "")
        }
    }

    /// `30%` as 0.3.
    package static var percentage: Self {
        Self("a percentage") { (text, _) throws(ConfigError) in
            if let share = try share(text) { return share }
            throw ConfigError(
                message: "\"\(text)\" is not a percentage", fix: "write \(percentText(text))")
        }
    }
}

/// What somebody who wrote the bare number `text` for a percentage most likely meant.
private func percentText(_ text: String) -> String {
    guard let number = Double(text), number >= 0, number <= 100 else { return "e.g. 30%" }
    if text.contains("."), number <= 1 { return Amount.share(number).description }
    return text + "%"
}

/// The share that a percentage says, nil when `text` is not written as one.
private func share(_ text: String) throws(ConfigError) -> Double? {
    guard text.hasSuffix("%") else { return nil }
    let digits = text.dropLast()
    guard !digits.isEmpty, digits.allSatisfy({ "0123456789.".contains($0) }), digits.first != ".",
        let percent = Double(digits)
    else { return nil }
    if percent > 100 {
        throw ConfigError(message: "\"\(text)\" is more than 100%", fix: "write 0% to 100%")
    }
    return percent / 100
}

extension ConfigScalar where Value == Amount {
    /// A count, or a percentage.
    package static var amount: Self {
        let wanted = "a number of pods or a percentage"
        return Self(wanted) { (text, quoted) throws(ConfigError) in
            if let share = try share(text) { return .share(share) }
            if !quoted, let count = Int(text), (0...1_000_000).contains(count) {
                return .count(count)
            }
            let fix =
                quoted && Int(text) != nil ? "write \(text), without quotes" : "write e.g. 1 or 30%"
            throw ConfigError(message: "\"\(text)\" is not \(wanted)", fix: fix)
        }
    }
}

extension ConfigScalar where Value == Duration {
    package static func duration(_ range: ClosedRange<Duration>) -> Self {
        let wanted = "a duration from \(range.lowerBound.human) to \(range.upperBound.human)"
        return Self(wanted) { (text, _) throws(ConfigError) in
            guard let value = Duration(human: text) else {
                let fix =
                    Double(text) == nil
                    ? "write e.g. 90s, 5m or 1h30m" : "add a unit, e.g. \(text)s"
                throw ConfigError(message: "\"\(text)\" is not a duration", fix: fix)
            }
            if range.contains(value) { return value }
            throw ConfigError(message: "\"\(text)\" is not \(wanted)")
        }
    }
}

extension ConfigScalar where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the cases, as spelled.
    package static var choice: Self {
        let all = Value.allCases.map(\.rawValue)
        return Self("one of " + all.joined(separator: ", ")) { (text, _) throws(ConfigError) in
            if let value = Value(rawValue: text) { return value }
            throw ConfigError(
                message: "\"\(text)\" is not known here", fix: Spelling.advice(text, known: all))
        }
    }
}
