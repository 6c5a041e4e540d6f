// Pieces of inline SVG. Positions along the width are percentages, so that a chart fills whatever
// width there is while its text keeps its size; only lines are stretched.

import Core
import Web

enum Chart {
    /// A coordinate with two decimals; what is not a number is 0.
    static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e9 else { return "0" }
        return Wording.decimal(value, 2)
    }

    /// A share of the width, 0...1, as a percentage.
    static func at(_ share: Double) -> String { number(min(max(share, 0), 1) * 100) + "%" }

    /// A small shape at a share of the width and a height in pixels.
    static func mark(_ share: Double, _ y: Double, _ shape: HTML) -> HTML {
        """
        <svg x="\(at(share))" y="\(number(y))" overflow="visible">\(shape)</svg>
        """
    }

    /// Steps over columns 0..<count in a picture 100 high, 0 at the top: one run for each stretch
    /// without gaps. Equal neighbours are one stroke.
    static func steps(_ heights: [Double?]) -> String {
        var path = ""
        var last: Double?
        for (column, height) in heights.enumerated() {
            guard let height else {
                if last != nil { path += "H\(column)" }
                last = nil
                continue
            }
            if let before = last {
                if number(before) != number(height) {
                    path += "H\(column)V\(number(height))"
                }
            } else {
                path += "M\(column) \(number(height))"
            }
            last = height
        }
        if last != nil { path += "H\(heights.count)" }
        return path
    }

    /// The area between 0 (the top) and the steps.
    static func area(_ heights: [Double?]) -> String {
        var path = ""
        var start: Int?
        var run: [Double] = []
        for column in 0...heights.count {
            if column < heights.count, let height = heights[column] {
                if start == nil { start = column }
                run.append(height)
                continue
            }
            if let first = start {
                path += "M\(first) 0"
                var last: String?
                for (offset, height) in run.enumerated() {
                    let text = number(height)
                    if text != last { path += "H\(first + offset)V\(text)" }
                    last = text
                }
                path += "H\(first + run.count)V0Z"
            }
            start = nil
            run = []
        }
        return path
    }

    /// A stretched plane of `width` by 100 for paths.
    static func plane(width: Int, height: Int, _ content: HTML) -> HTML {
        """
        <svg width="100%" height="\(height)" viewBox="0 0 \(max(width, 1)) 100" \
        preserveAspectRatio="none">\(content)</svg>
        """
    }

    /// An estimate with its interval on a line from `low` to `high`, with a rule at `zero`.
    static func interval(
        _ estimate: Double, _ range: ClosedRange<Double>?, low: Double, high: Double,
        zero: Double? = nil, kind: String
    ) -> HTML {
        let width = max(high - low, 1e-12)
        func place(_ value: Double) -> String { at((value - low) / width) }
        let rule: HTML =
            zero.map {
                "<line x1=\"\(place($0))\" x2=\"\(place($0))\" y1=\"1\" y2=\"17\" class=\"rule\"/>"
            } ?? ""
        let line: HTML =
            range.map {
                """
                <line x1="\(place($0.lowerBound))" x2="\(place($0.upperBound))" y1="9" y2="9" \
                class="whisker \(kind)"/>
                """
            } ?? ""
        return """
            <svg class="interval" width="100%" height="18" aria-hidden="true">\
            <line x1="0" x2="100%" y1="9" y2="9" class="track"/>\(rule)\(line)\
            <circle cx="\(place(estimate))" cy="9" r="4.5" class="dot \(kind)"/></svg>
            """
    }

    /// The lowest success rate that an axis shows, such that `worst` is on it.
    static func floor(_ worst: Double) -> Double {
        [0.999, 0.99, 0.95, 0.9, 0.5].first { $0 <= worst } ?? 0
    }

    /// Where a success rate lies between the top (0) and `floor` (100), with some air above.
    static func height(_ success: Double, floor: Double) -> Double {
        let share = (1 - success) / max(1 - floor, 1e-9)
        return 4 + 92 * min(max(share, 0), 1)
    }
}
