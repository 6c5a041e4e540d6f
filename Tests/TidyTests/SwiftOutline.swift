// Finds functions and declarations in code whose comments and text were blanked out. It reads
// brackets and keywords, not the grammar; that is enough for counting lines.

/// A function, initializer or computed property with a body.
struct FunctionOutline: Sendable {
    var name: String
    /// From 1: of the keyword, and of the closing bracket.
    var first: Int
    var last: Int
    var length: Int { last - first + 1 }
}

struct SwiftOutline {
    private struct Token {
        var text: Substring
        var line: Int
    }

    private var tokens: [Token] = []

    init(_ file: SourceFile) {
        for (index, line) in file.code.enumerated() {
            var rest = line[...]
            while let first = rest.first {
                if first.isLetter || first == "_" {
                    let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                    tokens.append(Token(text: word, line: index + 1))
                    rest = rest.dropFirst(word.count)
                } else {
                    if "(){}[]=.>-".contains(first) {
                        tokens.append(Token(text: rest.prefix(1), line: index + 1))
                    }
                    rest = rest.dropFirst()
                }
            }
        }
    }

    /// Every function of the file, those inside others too.
    var functions: [FunctionOutline] {
        tokens.indices.compactMap { start in
            guard ["func", "init", "deinit", "subscript", "var"].contains(tokens[start].text)
            else { return nil }
            if start > 0, tokens[start - 1].text == "." { return nil }
            guard let open = body(from: start), let close = match(open) else { return nil }
            let keyword = tokens[start].text
            let named = keyword == "func" || keyword == "var"
            let name = named && start + 1 < tokens.count ? tokens[start + 1].text : keyword
            return FunctionOutline(
                name: String(name), first: tokens[start].line, last: tokens[close].line)
        }
    }

    /// The `{` that opens the body of the declaration at `start`; nil when it has none.
    private func body(from start: Int) -> Int? {
        let continues: Set<Substring> = ["-", "throws", "rethrows", "async", "where", "{"]
        var depth = 0
        var index = start + 1
        while index < tokens.count {
            let text = tokens[index].text
            if text == "(" || text == "[" || (text == "{" && depth > 0) { depth += 1 }
            if text == ")" || text == "]" || text == "}" { depth -= 1 }
            if depth < 0 { return nil }
            if depth == 0 {
                if text == "{" { return index }
                if text == "=", tokens[start].text == "var" { return nil }
                // A new line that does not carry the declaration on ends one without a body.
                let newLine = index > start + 1 && tokens[index].line > tokens[index - 1].line
                let before = tokens[index - 1].text
                if newLine, !continues.contains(text), before != ">", before != "where",
                    text != ")"
                {
                    return nil
                }
            }
            index += 1
        }
        return nil
    }

    private func match(_ open: Int) -> Int? {
        var depth = 0
        for index in open..<tokens.count {
            if tokens[index].text == "{" { depth += 1 }
            if tokens[index].text == "}" {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }
}
