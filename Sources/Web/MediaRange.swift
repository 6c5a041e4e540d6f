// The Accept header taken apart (RFC 9110 section 12.5.1).

/// One media range with its parameters and quality.
struct MediaRange {
    /// Lower case, e.g. `text/*`.
    var type: String
    /// Names in lower case; without `q`.
    var parameters: [String: String] = [:]
    /// 0...1; 0 means not acceptable.
    var quality = 1.0

    /// No `version` parameter, or this one.
    func hasVersion(_ version: String) -> Bool {
        parameters["version"].map { $0 == version } ?? true
    }

    /// Reads a header; a malformed range is left out.
    static func parse(_ header: String) -> [MediaRange] {
        split(header, at: ",").compactMap { item in
            let parts = split(item, at: ";")
            let type = trimmed(parts.first ?? "").lowercased()
            guard type.contains("/") else { return nil }
            var range = MediaRange(type: type)
            for part in parts.dropFirst() {
                let pair = part.split(separator: "=", maxSplits: 1)
                guard pair.count == 2 else { continue }
                let name = trimmed(pair[0]).lowercased()
                var value = trimmed(pair[1])
                if value.hasPrefix("\""), value.hasSuffix("\""), value.count >= 2 {
                    value = String(value.dropFirst().dropLast())
                }
                if name == "q" {
                    guard let quality = Double(value), (0...1).contains(quality) else { return nil }
                    range.quality = quality
                } else {
                    range.parameters[name] = value
                }
            }
            return range
        }
    }

    /// The quality of `type` (e.g. `text/html`) under `header`: that of its most specific range; 0
    /// when none fits.
    static func quality(of type: String, in header: String) -> Double {
        let family = type.prefix { $0 != "/" } + "/*"
        let ranges = parse(header)
        for wanted in [type, String(family), "*/*"] {
            if let quality = ranges.filter({ $0.type == wanted }).map(\.quality).max() {
                return quality
            }
        }
        return 0
    }

    /// Splits outside of quoted strings.
    private static func split(_ text: some StringProtocol, at separator: Character) -> [String] {
        var parts = [""]
        var quoted = false
        for character in text {
            if character == "\"" { quoted.toggle() }
            if character == separator, !quoted {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var rest = text[...]
        while let first = rest.first, first == " " || first == "\t" { rest = rest.dropFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return String(rest)
    }
}
