// The query of a request, checked: unknown names, repeated names and bad values are errors that
// name what would be right.

import Platform

struct WebQuery {
    private let items: [(name: String, value: String)]

    init(_ url: URLParts) { items = url.queryItems }

    subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    /// Only `names`, each at most once.
    func allow(_ names: [String]) throws(WebError) {
        for (index, item) in items.enumerated() {
            guard names.contains(item.name) else {
                let known = names.isEmpty ? "none" : names.joined(separator: ", ")
                throw WebError(400, "unknown parameter \"\(item.name)\"; known: \(known)")
            }
            if items[..<index].contains(where: { $0.name == item.name }) {
                throw WebError(400, "parameter \"\(item.name)\" is given twice")
            }
        }
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(WebError) -> Int? {
        guard let text = self[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw WebError(
                400,
                "parameter \"\(name)\" must be a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound), not \"\(text)\"")
        }
        return value
    }

    func choice(_ name: String, of choices: [String]) throws(WebError) -> String? {
        guard let text = self[name] else { return nil }
        guard choices.contains(text) else {
            throw WebError(
                400,
                "parameter \"\(name)\" must be one of \(choices.joined(separator: ", ")), "
                    + "not \"\(text)\"")
        }
        return text
    }
}
