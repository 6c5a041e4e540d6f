// One sample line taken apart, strictly.

struct ExpositionSample {
    struct Label: Hashable {
        let name: String
        let value: String
    }

    private(set) var name = ""
    private(set) var labels: [Label] = []
    private(set) var value = 0.0
    /// The text of the exemplar's label set.
    private(set) var exemplar: String?

    /// `name{labels}`, unescaped.
    var id: String {
        name + "{" + labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",") + "}"
    }

    init?(_ line: String) {
        var rest = Array(line.unicodeScalars)[...]
        name = Self.word(&rest)
        guard Self.isName(name) else { return nil }
        if rest.first == "{" {
            guard let read = Self.labelSet(&rest), !read.isEmpty else { return nil }
            labels = read
        }
        guard Set(labels.map(\.name)).count == labels.count else { return nil }
        guard rest.popFirst() == " ", let number = Self.number(&rest) else { return nil }
        value = number
        if rest.isEmpty { return }
        guard rest.starts(with: " # ".unicodeScalars) else { return nil }
        rest = rest.dropFirst(3)
        guard let set = Self.labelSet(&rest), rest.popFirst() == " ",
            Self.number(&rest) != nil, rest.isEmpty
        else { return nil }
        exemplar = set.map { $0.name + $0.value }.joined()
    }

    private typealias Text = ArraySlice<Unicode.Scalar>

    private static func word(_ rest: inout Text) -> String {
        var out = ""
        while let next = rest.first, next != "{", next != " ", next != "=" {
            out.unicodeScalars.append(next)
            rest = rest.dropFirst()
        }
        return out
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) || (0x41...0x5a).contains($0)
                || $0 == 0x5f || $0 == 0x3a
        }
    }

    private static func labelSet(_ rest: inout Text) -> [Label]? {
        guard rest.popFirst() == "{" else { return nil }
        var out: [Label] = []
        while true {
            let name = word(&rest)
            guard isName(name), rest.popFirst() == "=", rest.popFirst() == "\"" else { return nil }
            var value = ""
            while let next = rest.popFirst(), next != "\"" {
                guard next == "\\" else {
                    value.unicodeScalars.append(next)
                    continue
                }
                switch rest.popFirst() {
                case "\\": value += "\\"
                case "\"": value += "\""
                case "n": value += "\n"
                default: return nil
                }
            }
            out.append(Label(name: name, value: value))
            switch rest.popFirst() {
            case ",": continue
            case "}": return out
            default: return nil
            }
        }
    }

    private static func number(_ rest: inout Text) -> Double? {
        let text = word(&rest)
        switch text {
        case "+Inf": return .infinity
        case "-Inf": return -.infinity
        case "NaN": return .nan
        default:
            return text.utf8.allSatisfy { "0123456789+-.e".utf8.contains($0) } ? Double(text) : nil
        }
    }
}
