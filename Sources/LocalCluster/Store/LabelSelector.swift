// Selection by labels: the text form of list requests and the object form of specs. It only
// matches; it fetches nothing.

import Core

/// A conjunction of requirements on labels.
struct LabelSelector: Sendable, Hashable {
    struct Requirement: Sendable, Hashable {
        enum Operator: Sendable, Hashable {
            case isIn, isNotIn, exists, doesNotExist, greater, less
        }
        var key: String
        var test: Operator
        var values: [String]
    }

    var requirements: [Requirement]

    init(_ requirements: [Requirement] = []) { self.requirements = requirements }

    /// `spec.selector` with matchLabels and matchExpressions, or the plain map of a Service. Nil
    /// when there is no selector at all, which selects nothing.
    init?(object: JSON?) {
        guard let object, !object.isNull else { return nil }
        requirements = []
        for (key, value) in object["matchLabels"]?.object?.members ?? [] {
            requirements.append(.init(key: key, test: .isIn, values: [value.string ?? ""]))
        }
        for expression in object["matchExpressions"]?.array ?? [] {
            let test: Requirement.Operator
            switch expression["operator"]?.string {
            case "In": test = .isIn
            case "NotIn": test = .isNotIn
            case "Exists": test = .exists
            default: test = .doesNotExist
            }
            requirements.append(
                .init(
                    key: expression["key"]?.string ?? "", test: test,
                    values: expression["values"]?.array?.compactMap(\.string) ?? []))
        }
    }

    /// A map of labels that must all be there; nil when it is missing or empty.
    init?(map: JSON?) {
        guard let members = map?.object?.members, !members.isEmpty else { return nil }
        requirements = members.map {
            .init(key: $0.key, test: .isIn, values: [$0.value.string ?? ""])
        }
    }

    func matches(_ object: JSON) -> Bool {
        if requirements.isEmpty { return true }
        let labels = object.metadata["labels"]
        return requirements.allSatisfy { requirement in
            let value = labels?[requirement.key]?.string
            switch requirement.test {
            case .isIn: return value.map(requirement.values.contains) ?? false
            case .isNotIn: return value.map { !requirement.values.contains($0) } ?? true
            case .exists: return value != nil
            case .doesNotExist: return value == nil
            case .greater: return compare(value, requirement) { $0 > $1 }
            case .less: return compare(value, requirement) { $0 < $1 }
            }
        }
    }

    private func compare(
        _ value: String?, _ requirement: Requirement, _ test: (Int, Int) -> Bool
    ) -> Bool {
        guard let left = value.flatMap(Int.init),
            let right = requirement.values.first.flatMap(Int.init)
        else { return false }
        return test(left, right)
    }
}

extension LabelSelector {
    /// The text of `labelSelector=`, e.g. `app in (a,b),!canary,tier!=web`.
    init(parsing text: String) throws(APIError) {
        var lexer = SelectorLexer(text)
        requirements = []
        if lexer.peek() == nil { return }
        while true {
            requirements.append(try Self.requirement(&lexer))
            guard let next = lexer.next() else { return }
            guard next == "," else {
                throw .badRequest(
                    "unable to parse requirement: found '\(next)', expected: ',' or 'end of string'"
                )
            }
        }
    }

    private static func requirement(_ lexer: inout SelectorLexer) throws(APIError) -> Requirement {
        guard var key = lexer.next() else {
            throw .badRequest(
                "unable to parse requirement: found '', expected: identifier after ','")
        }
        if key == "!" {
            key = lexer.next() ?? ""
            return Requirement(key: key, test: .doesNotExist, values: [])
        }
        guard let symbol = lexer.peek(), symbol != "," else {
            return Requirement(key: key, test: .exists, values: [])
        }
        _ = lexer.next()
        switch symbol {
        case "=", "==": return Requirement(key: key, test: .isIn, values: [value(&lexer)])
        case "!=": return Requirement(key: key, test: .isNotIn, values: [value(&lexer)])
        case ">", "gt": return Requirement(key: key, test: .greater, values: [value(&lexer)])
        case "<", "lt": return Requirement(key: key, test: .less, values: [value(&lexer)])
        case "in": return Requirement(key: key, test: .isIn, values: try values(&lexer))
        case "notin": return Requirement(key: key, test: .isNotIn, values: try values(&lexer))
        default:
            throw .badRequest(
                "unable to parse requirement: found '\(symbol)', "
                    + "expected: in, notin, =, ==, !=, gt, lt")
        }
    }

    private static func value(_ lexer: inout SelectorLexer) -> String {
        guard let next = lexer.peek(), next != "," else { return "" }
        return lexer.next() ?? ""
    }

    private static func values(_ lexer: inout SelectorLexer) throws(APIError) -> [String] {
        guard lexer.next() == "(" else {
            throw .badRequest("unable to parse requirement: found '', expected: '('")
        }
        var values: [String] = []
        while let next = lexer.next() {
            if next == ")" { return values }
            if next != "," { values.append(next) }
        }
        throw .badRequest("unable to parse requirement: found '', expected: ',', ')' or identifier")
    }
}

/// Words and symbols of a selector's text.
private struct SelectorLexer {
    private var tokens: [String] = []
    private var at = 0

    init(_ text: String) {
        var word = ""
        func symbol(_ character: Character) -> Bool { "!=<>(),".contains(character) }
        for character in text {
            if symbol(character) || character == " " {
                if !word.isEmpty { tokens.append(word) }
                word = ""
                if character == " " { continue }
                if character == "=", let last = tokens.last, last == "=" || last == "!" {
                    tokens[tokens.count - 1] += "="
                } else {
                    tokens.append(String(character))
                }
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { tokens.append(word) }
    }

    func peek() -> String? { at < tokens.count ? tokens[at] : nil }

    mutating func next() -> String? {
        defer { at += 1 }
        return peek()
    }
}
