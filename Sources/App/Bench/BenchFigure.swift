// One line of `hazard bench`: what was measured, and what it should be.

/// A measured value.
struct BenchFigure: Sendable {
    /// What a figure is compared with.
    enum Target: Sendable {
        case none
        case atMost(Double)
        case atLeast(Double)

        func isMet(by value: Double) -> Bool? {
            switch self {
            case .none: nil
            case .atMost(let limit): value <= limit
            case .atLeast(let limit): value >= limit
            }
        }

        var text: String {
            switch self {
            case .none: ""
            case .atMost(let limit): "<= \(BenchFigure.rounded(limit))"
            case .atLeast(let limit): ">= \(BenchFigure.rounded(limit))"
            }
        }
    }

    var name: String
    var value: Double
    var unit: String
    var target = Target.none

    /// Three significant digits, or all digits of a whole part.
    static func rounded(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        var scale = 1.0
        while value != 0, (value * scale).magnitude < 100, scale < 1e6 { scale *= 10 }
        let text = "\((value * scale).rounded() / scale)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
