// One Swift file, split into lines twice: as written, and as code alone, with comments and the text
// of string literals blanked out.

/// A Swift file of the tree.
struct SourceFile: Sendable {
    /// From the root, e.g. `Sources/Core/Values/JSON.swift`.
    let path: String
    let text: String
    let lines: [String]
    /// The same lines and columns; what is not code is spaces.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = SourceFile.split(Array(text.utf8))
        var mask = CodeMask(text)
        code = SourceFile.split(mask.blanked())
    }

    /// `Core` of `Sources/Core/Values/JSON.swift`.
    var target: String { String(path.split(separator: "/")[1]) }

    /// `JSON.swift`.
    var name: String { String(path.split(separator: "/").last ?? "") }

    private static func split(_ bytes: [UInt8]) -> [String] {
        var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}

/// Modules that a line of code imports, e.g. `package import Core` gives `Core`.
func importedModule(_ line: String) -> String? {
    var words = line.split(separator: " ").map(String.init)
    let modifiers: Set<String> = ["package", "internal", "private", "fileprivate", "public"]
    while let first = words.first, first.hasPrefix("@") || modifiers.contains(first) {
        words.removeFirst()
    }
    guard words.first == "import", words.count >= 2 else { return nil }
    let kinds: Set<String> = ["struct", "class", "enum", "func", "protocol", "var", "let"]
    let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
    return String(name.prefix { $0 != "." })
}
