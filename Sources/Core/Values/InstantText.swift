// Instants as people write them in commands and addresses: RFC 3339 with its zone, or relative to
// now. What is ambiguous is refused, with what to write instead.

/// A reader of instants.
package enum InstantText {
    /// Reads `now`, `-2h` (before now), or an RFC 3339 date-time with `Z` or an offset. `name` is
    /// the option or parameter, for the error.
    package static func read(
        _ text: String, name: String, now: Timestamp
    ) throws(ConfigError) -> Timestamp {
        if text == "now" { return now }
        if text.hasPrefix("-") {
            if let back = Duration(human: String(text.dropFirst())) { return now - back }
            throw wrong(text, name, "is not a time before now", "write e.g. -2h or -1h30m")
        }
        if let instant = Timestamp(rfc3339: text) { return instant }
        if Timestamp(rfc3339: text + "Z") != nil {
            throw wrong(
                text, name, "has no time zone", "write \(text)Z for UTC, or an offset as +01:00")
        }
        if text.utf8.count > 19, let cut = text.lastIndex(of: " ") {
            // An offset's plus sign is a space in an address.
            let plus = text[..<cut] + "+" + text[cut...].dropFirst()
            if Timestamp(rfc3339: String(plus)) != nil {
                throw wrong(
                    text, name, "has a space in its offset", "write the + as %2B in an address")
            }
        }
        if Duration(human: text) != nil {
            throw wrong(text, name, "is no instant", "write -\(text) for \(text) ago")
        }
        throw wrong(
            text, name, "is no instant",
            "write RFC 3339 such as \(now.rfc3339Seconds), or -2h, or now")
    }

    private static func wrong(
        _ text: String, _ name: String, _ what: String, _ fix: String
    ) -> ConfigError {
        ConfigError(path: name, message: "\"\(text.prefix(80))\" \(what)", fix: fix)
    }
}
