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
            case .atMost(let limit): "<= \(shortNumber(limit))"
            case .atLeast(let limit): ">= \(shortNumber(limit))"
            }
        }
    }

    var name: String
    var value: Double
    var unit: String
    var target = Target.none
}
