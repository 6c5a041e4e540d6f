// HTML as text that is escaped unless it was built here: a pod's name cannot become markup.

/// A piece of markup.
package struct HTML: ExpressibleByStringInterpolation, ExpressibleByStringLiteral {
    package let text: String

    package init(stringLiteral value: String) { text = value }
    package init(stringInterpolation: Interpolation) { text = stringInterpolation.text }
    package init(joining pieces: [HTML]) { text = pieces.map(\.text).joined() }

    /// Escapes what is interpolated as text, and takes markup as it is.
    package struct Interpolation: StringInterpolationProtocol {
        fileprivate(set) package var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        /// Markup as it was written.
        package mutating func appendLiteral(_ literal: String) { text += literal }
        /// Markup as it is.
        package mutating func appendInterpolation(_ value: HTML) { text += value.text }
        /// Pieces of markup, one after the other.
        package mutating func appendInterpolation(_ pieces: [HTML]) {
            for piece in pieces { text += piece.text }
        }
        /// A number.
        package mutating func appendInterpolation(_ value: Int) { text += String(value) }

        /// Text, escaped.
        package mutating func appendInterpolation(_ value: String) {
            for scalar in value.unicodeScalars {
                switch scalar {
                case "&": text += "&amp;"
                case "<": text += "&lt;"
                case ">": text += "&gt;"
                case "\"": text += "&quot;"
                case "'": text += "&#39;"
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
    }
}
