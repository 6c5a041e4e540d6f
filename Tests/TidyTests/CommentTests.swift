// Every file says first what it is for, and every declaration for other targets says what it is.

import Testing

struct CommentTests {
    /// Types and functions for other targets without a doc comment, at most. It never grows.
    private static let undocumented = 90

    @Test func filesBeginWithTheirPurpose() {
        var found: [Violation] = []
        for file in Repository.sources {
            // A command says what it is for in its help.
            if file.path.hasPrefix("Sources/hazard/Commands/"),
                Repository.mentions(file.text, "abstract:")
            {
                continue
            }
            // A blank comment line ends the opening; what follows is for those who read on.
            let opening = file.lines.prefix { $0.hasPrefix("//") && $0 != "//" }
            guard !opening.isEmpty, !opening[0].hasPrefix("///") else {
                found.append(
                    Violation(
                        file.path, 1,
                        "begin with one to three plain sentences on what this file decides or does")
                )
                continue
            }
            let text = opening.map { $0.drop { $0 == "/" } }.joined()
            if text.last != "." && text.last != ":" {
                found.append(
                    Violation(
                        file.path, opening.count, "the opening comment ends in mid-sentence"))
            }
            let count = Self.sentences(text)
            if count > 3 {
                found.append(
                    Violation(
                        file.path, 1,
                        "the opening comment has \(count) sentences, 3 are allowed; move the rest "
                            + "to the declarations"))
            }
        }
        expectNone(found)
    }

    /// Full stops before a capital letter or the end.
    private static func sentences(_ text: String) -> Int {
        let characters = Array(text)
        var count = 0
        for (index, character) in characters.enumerated() where ".?!".contains(character) {
            let rest = characters[(index + 1)...]
            guard let next = rest.first else {
                count += 1
                continue
            }
            if next == " ", rest.dropFirst().first?.isUppercase ?? true { count += 1 }
        }
        return max(count, 1)
    }

    @Test func declarationsAreDocumented() {
        var found: [Violation] = []
        for file in Repository.sources {
            for (index, line) in file.code.enumerated() {
                guard let name = Self.declared(line), !Self.isDocumented(file, index) else {
                    continue
                }
                found.append(
                    Violation(
                        file.path, index + 1,
                        "\(name): say with /// what it is, in which units, how it fails"))
            }
        }
        expectRatchet(
            found, "types and functions for other targets have no doc comment",
            limit: Self.undocumented)
    }

    /// Functions of the standard library's protocols, and requirements of our own, which are
    /// documented where they are declared.
    private static let witnesses: Set<String> = {
        var names: Set<String> = ["encode", "hash", "next", "enqueue"]
        for file in Repository.sources {
            var isInside = false
            for line in file.code {
                if line.hasPrefix("}") { isInside = false }
                if !occurrences(of: "protocol ", in: line).isEmpty { isInside = true }
                guard isInside, let start = occurrences(of: "func ", in: line).first else {
                    continue
                }
                names.insert(name(line[start.upperBound...]))
            }
        }
        return names
    }()

    private static func name(_ text: Substring) -> String {
        String(text.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    }

    /// The name of the type or function that `line` declares for other targets; nil when it
    /// declares none, or only fulfils a requirement. Properties and initializers are left to their
    /// types.
    private static func declared(_ line: String) -> String? {
        let words = line.split(separator: " ")
        guard words.contains("package") else { return nil }
        let kinds: [Substring] = [
            "struct", "class", "enum", "actor", "protocol", "typealias", "func",
        ]
        guard let kind = words.firstIndex(where: { kinds.contains($0) }), kind + 1 < words.count,
            words[..<kind].allSatisfy({ modifiers.contains($0) || $0.hasPrefix("@") })
        else { return nil }
        let name = name(words[kind + 1])
        if words[kind] == "func", name.isEmpty || witnesses.contains(name) { return nil }
        return name
    }

    private static let modifiers: Set<Substring> = [
        "package", "static", "final", "mutating", "nonisolated", "indirect", "override",
        "consuming", "borrowing", "isolated", "class", "prefix",
    ]

    private static func isDocumented(_ file: SourceFile, _ index: Int) -> Bool {
        var above = index - 1
        while above >= 0 {
            let line = file.lines[above].drop { $0 == " " }
            if line.hasPrefix("///") { return true }
            if !line.hasPrefix("@") { return false }
            above -= 1
        }
        return false
    }
}
