// Durations as people write them in policies: `500ms`, `90s`, `2m`, `1h30m`, `7d`.

extension Duration {
    /// Reads a sum of whole or decimal amounts with the units ns us ms s m h d w; nil when it is
    /// not one.
    package init?(human text: String) {
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        if rest == "0" {
            self = .zero
            return
        }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let amount = Double(digits), digits.first != ".",
                let seconds = Self.units[String(unit)]
            else { return nil }
            total += amount * seconds
        }
        guard total < 9e9 else { return nil }
        self = .inSeconds(total)
    }

    private static let units: [String: Double] = [
        "ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800,
    ]

    /// The shortest exact form for people, e.g. `1h30m`, `2.5s`, `250ms`; at most millisecond
    /// detail.
    package var human: String {
        let total = nanoseconds
        if total < 0 { return "-" + (Duration.zero - self).human }
        if total < 1_000_000_000 {
            if total == 0 { return "0s" }
            return total % 1_000_000 == 0
                ? "\(total / 1_000_000)ms" : "\((Double(total) / 1e4).rounded() / 100)ms"
        }
        let milliseconds = total / 1_000_000 + (total % 1_000_000 >= 500_000 ? 1 : 0)
        let whole = milliseconds / 1000
        let fraction = milliseconds % 1000
        var text = ""
        for (name, size) in [("d", Int64(86_400)), ("h", 3600), ("m", 60)] {
            let amount = whole % (name == "d" ? .max : name == "h" ? 86_400 : 3600) / size
            if amount > 0 { text += "\(amount)\(name)" }
        }
        let seconds = whole % 60
        if fraction > 0 {
            var digits = padded(Int(fraction), 3)
            while digits.hasSuffix("0") { digits.removeLast() }
            text += "\(seconds).\(digits)s"
        } else if seconds > 0 || text.isEmpty {
            text += "\(seconds)s"
        }
        return text
    }
}
