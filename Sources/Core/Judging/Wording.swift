// Numbers as people read them in verdicts and alerts: percentages with three digits, counts with
// separators.

import RealModule

/// Plain English figures.
package enum Wording {
    /// A share as a percentage with at most three significant digits: `0.42 %`, `100 %`.
    package static func percent(_ share: Double) -> String {
        guard share.isFinite else { return "unknown" }
        let value = share * 100
        let size = abs(value)
        if size == 0 { return "0 %" }
        if size < 1e-4 { return "less than 0.0001 %" }
        let digits = max(0, min(6, 2 - Int(Double.log10(size).rounded(.down))))
        return "\(decimal(value, digits)) %"
    }

    /// A count with separators between thousands: `2,988`.
    package static func count(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e18 else { return "unknown" }
        let text = String(Int64(number.rounded()))
        let negative = text.hasPrefix("-")
        var out = ""
        for (index, digit) in text.drop(while: { $0 == "-" }).reversed().enumerated() {
            if index > 0, index % 3 == 0 { out.append(",") }
            out.append(digit)
        }
        return (negative ? "-" : "") + String(out.reversed())
    }

    /// `1 service`, `2 services`.
    package static func plural(_ number: Int, _ noun: String) -> String {
        "\(count(Double(number))) \(noun)\(number == 1 ? "" : "s")"
    }

    /// A number with at most `digits` decimals, without trailing zeros.
    package static func decimal(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        // Beyond this a double holds no such digits, and the conversions below would trap.
        guard scaled < 9e15 else { return "\(value)" }
        let whole = (scaled / scale).rounded(.down)
        var fraction = String(Int64(scaled - whole * scale))
        while fraction.count < digits { fraction = "0" + fraction }
        while fraction.last == "0" { fraction.removeLast() }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return sign + String(Int64(whole)) + (fraction.isEmpty ? "" : "." + fraction)
    }

    /// Three significant digits of any number, or all digits of a larger whole part.
    package static func figure(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "unknown" }
        let digits = 2 - Double.log10(abs(value)).rounded(.down)
        return digits > 9 ? "\(value)" : decimal(value, max(0, Int(digits)))
    }
}
