// What can be said of a PromQL expression without a server: whether its brackets and quotes close,
// and whether it is a plain counter. It is no parser; the server has the last word.

/// One expression as it was written.
package struct PromQLText: Sendable, Hashable {
    package let text: String

    package init(_ text: String) { self.text = text }

    /// The first mistake that shows without a server, with its character (from 1); nil when none
    /// does.
    package var mistake: (character: Int, message: String)? {
        var open: [(bracket: UInt8, at: Int)] = []
        var isEmpty = true
        for token in tokens {
            isEmpty = false
            switch token.kind {
            case .openQuote: return (token.at, "the quote is not closed")
            case .mark(let byte) where Self.closing[byte] != nil: open.append((byte, token.at))
            case .mark(let byte) where Self.closing.values.contains(byte):
                guard let last = open.popLast() else {
                    return (token.at, "\"\(Self.text(byte))\" closes nothing")
                }
                if Self.closing[last.bracket] != byte {
                    return (
                        token.at,
                        "\"\(Self.text(byte))\" does not close \"\(Self.text(last.bracket))\""
                    )
                }
            default: break
            }
        }
        if let last = open.last { return (last.at, "\"\(Self.text(last.bracket))\" is not closed") }
        return isEmpty ? (1, "the expression is empty") : nil
    }

    /// The selector when the expression is one, or `sum` of one: its raw samples can be read, so
    /// that restarts and new series are counted right. Nil for anything else.
    package var selector: String? {
        let all = tokens
        var inner = all[...]
        if case .word("sum")? = inner.first?.kind {
            guard inner.count > 3, inner.dropFirst().first?.kind == .mark(0x28),
                inner.last?.kind == .mark(0x29)
            else { return nil }
            inner = inner.dropFirst(2).dropLast()
        }
        var rest = inner
        if case .word? = rest.first?.kind { rest = rest.dropFirst() }
        guard rest.count < inner.count || !rest.isEmpty, let first = inner.first,
            let last = inner.last
        else { return nil }
        if !rest.isEmpty {
            guard rest.first?.kind == .mark(0x7b), rest.last?.kind == .mark(0x7d),
                rest.dropFirst().dropLast().allSatisfy({ token in
                    token.kind != .mark(0x7b) && token.kind != .mark(0x7d)
                })
            else { return nil }
        }
        let bytes = Array(text.utf8)
        return String(decoding: bytes[(first.at - 1)..<last.end], as: UTF8.self)
    }

    /// The first function that makes a rate or a difference of a counter; nil when there is none.
    package var rateFunction: (name: String, character: Int)? {
        let all = tokens
        for (token, next) in zip(all, all.dropFirst()) {
            guard case .word(let name) = token.kind, next.kind == .mark(0x28) else { continue }
            if Self.rates.contains(name) || name.hasSuffix("_over_time") { return (name, token.at) }
        }
        return nil
    }

    private static let rates: Set<String> = [
        "rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear",
        "double_exponential_smoothing", "holt_winters", "changes", "resets",
    ]

    // MARK: Tokens

    private enum Kind: Hashable {
        case word(String)
        /// A byte that is neither in a word, nor quoted, nor blank.
        case mark(UInt8)
        case quoted
        case openQuote
    }

    private struct Token {
        var kind: Kind
        /// The byte it begins at, from 1, and the one after it, from 0.
        var at: Int
        var end: Int
    }

    private static let closing: [UInt8: UInt8] = [0x28: 0x29, 0x5b: 0x5d, 0x7b: 0x7d]

    private static func text(_ byte: UInt8) -> String { String(decoding: [byte], as: UTF8.self) }

    private static func isWord(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5f || byte == 0x3a
            || byte >= 0x80
    }

    private var tokens: [Token] {
        let bytes = Array(text.utf8)
        var found: [Token] = []
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            let start = at
            at += 1
            switch byte {
            case 0x20, 0x09, 0x0a, 0x0d: continue
            case 0x23:  // A comment ends with its line.
                while at < bytes.count, bytes[at] != 0x0a { at += 1 }
                continue
            case 0x22, 0x27, 0x60:
                let isRaw = byte == 0x60
                while at < bytes.count, bytes[at] != byte {
                    at += !isRaw && bytes[at] == 0x5c ? 2 : 1
                }
                let isClosed = at < bytes.count
                at = min(at + 1, bytes.count)
                found.append(
                    Token(kind: isClosed ? .quoted : .openQuote, at: start + 1, end: at))
            case _ where Self.isWord(byte):
                while at < bytes.count, Self.isWord(bytes[at]) { at += 1 }
                let word = String(decoding: bytes[start..<at], as: UTF8.self)
                found.append(Token(kind: .word(word), at: start + 1, end: at))
            default: found.append(Token(kind: .mark(byte), at: start + 1, end: at))
            }
        }
        return found
    }
}
