// Numbers as expositions write them: Go's ParseFloat, liberally. Short decimals, which are nearly
// all, are read here exactly; the rest goes through the standard library.

enum ExpositionNumber {
    /// The number in `range`; nil when it is none. Reads decimals, hexadecimal floats, underscores
    /// between digits, `NaN`, and `Inf` or `Infinity` with a sign, in any case.
    @inline(__always)
    static func parse(_ body: Span<UInt8>, _ range: Range<Int>) -> Double? {
        var at = range.lowerBound
        let end = range.upperBound
        guard at < end else { return nil }
        let negative = body[at] == 0x2d
        if negative { at &+= 1 }
        var mantissa: UInt64 = 0
        let first = at
        while at < end, body[at] &- 0x30 < 10 {
            mantissa = mantissa &* 10 &+ UInt64(body[at] &- 0x30)
            at &+= 1
        }
        var digits = at &- first
        var scale = 0
        if at < end, body[at] == 0x2e {
            at &+= 1
            let fraction = at
            while at < end, body[at] &- 0x30 < 10 {
                mantissa = mantissa &* 10 &+ UInt64(body[at] &- 0x30)
                at &+= 1
            }
            scale = at &- fraction
            digits &+= scale
        }
        // Up to 2^53 and 10^22 both are exact as Double, so one division rounds correctly
        // (Clinger 1990, "How to Read Floating Point Numbers Accurately").
        guard at == end, digits > 0, digits <= 18, mantissa <= 1 << 53, scale <= 18 else {
            return slow(body, range)
        }
        let value = scale == 0 ? Double(mantissa) : Double(mantissa) / Self.powers[scale]
        return negative ? -value : value
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18,
    ]

    /// Whole milliseconds of a timestamp in `range`; nil when it is not a number in range.
    /// Text 0.0.4 writes whole milliseconds, OpenMetrics seconds. Endpoints that concatenate both
    /// get it wrong, so a fraction means seconds, and OpenMetrics seconds after the year 5138 mean
    /// milliseconds.
    static func milliseconds(
        _ body: Span<UInt8>, _ range: Range<Int>, format: ExpositionFormat
    ) -> Int64? {
        guard let number = parse(body, range), number.isFinite else { return nil }
        var whole = true
        for at in range where body[at] &- 0x30 >= 10 && body[at] != 0x2d { whole = false }
        let isMilliseconds = whole && (format == .text || abs(number) >= 1e11)
        let scaled = (isMilliseconds ? number : number * 1000).rounded()
        // The range of Timestamp in milliseconds.
        guard abs(scaled) < 9.2e12 else { return nil }
        return Int64(scaled)
    }

    private static func slow(_ body: Span<UInt8>, _ range: Range<Int>) -> Double? {
        guard range.count <= 64 else { return nil }
        var text = ""
        var previous: UInt8 = 0
        for at in range {
            let byte = body[at]
            // An underscore only between digits, as in Go's literals (or after the 0x).
            if byte == 0x5f {
                let next = at + 1 < range.upperBound ? body[at + 1] : 0
                guard isDigit(previous) || previous | 0x20 == 0x78, isDigit(next) else {
                    return nil
                }
            } else {
                guard byte > 0x20, byte < 0x7f else { return nil }
                text.unicodeScalars.append(Unicode.Scalar(byte))
            }
            previous = byte
        }
        let lower = text.lowercased()
        switch lower {
        case "nan", "+nan", "-nan": return .nan
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        default: break
        }
        // Double(_:) also reads "nan(7)" and "infinity": only digits and their company get there.
        let allowed = lower.hasPrefix("0x") || lower.dropFirst().hasPrefix("0x")
        guard
            lower.utf8.allSatisfy({ byte in
                byte &- 0x30 < 10 || byte == 0x2e || byte == 0x2d || byte == 0x2b || byte == 0x65
                    || allowed && (byte == 0x78 || byte == 0x70 || byte &- 0x61 < 6)
            })
        else { return nil }
        return Double(lower.hasPrefix("+") ? String(lower.dropFirst()) : lower)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6
    }
}
