// Words that may not appear in code, each with what to write instead.

import Testing

struct BannedWordTests {
    /// A word, matched whole, in code; and where it may stand nevertheless, with the reason.
    private struct Rule {
        var word: String
        var instead: String
        var scope = "Sources/"
        /// Files and folders (with a slash at the end).
        var allowed: [(path: String, reason: String)] = []
        /// Whether an allowed use must have a comment beside it.
        var explained = false
    }

    private static let unchecked = [
        (path: "Sources/Host/", reason: "handles of C libraries, confined by hand"),
        (path: "Sources/YAML/", reason: "the parser of a C library"),
        (path: "Sources/Platform/Lock.swift", reason: "the lock itself"),
    ]

    private static let rules: [Rule] = [
        Rule(word: "try!", instead: "handle the error, or make the case impossible", scope: ""),
        Rule(word: "as!", instead: "a checked cast", scope: ""),
        Rule(
            word: "fatalError",
            instead: "throw a Failure that names the thing, the place and the next step"),
        Rule(
            word: "preconditionFailure", instead: "throw a Failure",
            allowed: [
                ("Sources/Simulation/VirtualTime.swift", "a simulated world that is stuck"),
                ("Sources/LocalCluster/API/Catalog.swift", "a constant table that is wrong"),
            ]),
        Rule(
            word: "print", instead: "App's Terminal, or the Log that was passed in",
            allowed: [
                ("Sources/App/Terminal/", "the terminal itself"),
                ("Sources/App/Demo/ProcessLog.swift", "standard output is a pod's log"),
            ]),
        Rule(
            word: "@unchecked", instead: "an actor, a value, or Platform's Lock",
            allowed: unchecked, explained: true),
        Rule(
            word: "nonisolated(unsafe)", instead: "an actor, a value, or Platform's Lock",
            allowed: unchecked, explained: true),
        Rule(word: "Date()", instead: "the WallClock that was passed in", scope: ""),
        Rule(word: "Date.now", instead: "the WallClock that was passed in", scope: ""),
        Rule(
            word: ".random", instead: "a RandomStream forked from the seed",
            allowed: [
                ("Sources/Host/System/FileSystem.swift", "a name for a temporary file")
            ]),
        Rule(
            word: "SystemRandomNumberGenerator",
            instead: "a RandomStream forked from the seed",
            allowed: [("Sources/App/Assembly/Seed.swift", "the seed of a program given none")]),
        Rule(word: "usleep", instead: "sleep on the WallClock that was passed in"),
        Rule(word: "Thread.sleep", instead: "sleep on the WallClock that was passed in"),
        Rule(
            word: "Task.sleep", instead: "sleep on the WallClock that was passed in",
            allowed: [("Sources/Host/", "the real clock")]),
        Rule(
            word: "Task.detached",
            instead: "a task group: without structure the simulator "
                + "cannot replay the program", allowed: unstructured),
        Rule(
            word: "Task",
            instead: "a task group: without structure the simulator cannot "
                + "replay the program", allowed: unstructured),
    ]

    /// Where a task may begin outside of a group.
    private static let unstructured = [
        (
            path: "Sources/Simulation/VirtualTime.swift",
            reason: "the first task of a simulated world"
        ),
        (
            path: "Sources/Host/Listener/",
            reason: "the server library calls back; what it starts is awaited or cancelled"
        ),
    ]

    @Test func noBannedWords() {
        var found: [Violation] = []
        for file in Repository.swift {
            for rule in Self.rules where file.path.hasPrefix(rule.scope) {
                guard Repository.mentions(file.text, rule.word) else { continue }
                for (index, line) in file.code.enumerated() where Self.uses(rule.word, line) {
                    let excused = rule.allowed.contains { file.path.hasPrefix($0.path) }
                    if !excused {
                        found.append(
                            Violation(
                                file.path, index + 1,
                                "`\(rule.word)` is banned here; use \(rule.instead)"))
                    } else if rule.explained, !Self.isExplained(file, index) {
                        found.append(
                            Violation(
                                file.path, index + 1,
                                "`\(rule.word)` needs a comment beside it that says why it is safe"
                            ))
                    }
                }
            }
        }
        expectNone(found)
    }

    /// Whether `line` uses `word`. `Task` counts when a task begins: `Task {` and `Task(`. `print`
    /// counts when it is called as the free function.
    private static func uses(_ word: String, _ line: String) -> Bool {
        for range in occurrences(of: word, in: line) {
            let before = line[..<range.lowerBound]
            let after = line[range.upperBound...].drop { $0 == " " }
            switch word {
            case "Task":
                if before.last == "." { continue }
                if after.first == "{" || after.first == "(" { return true }
            case "print":
                if before.last == "." || before.hasSuffix("func ") { continue }
                if after.first == "(" { return true }
            case ".random":
                if after.first == "(" { return true }
            default: return true
            }
        }
        return false
    }

    /// A comment on the line, above the declaration it belongs to, or on the line after.
    private static func isExplained(_ file: SourceFile, _ index: Int) -> Bool {
        for near in max(0, index - 4)...min(file.lines.count - 1, index + 1) {
            if file.lines[near].split(separator: "//", maxSplits: 1).count > 1 { return true }
            if file.lines[near].drop(while: { $0 == " " }).hasPrefix("//") { return true }
        }
        return false
    }

    /// Words in names of types and files that say nothing.
    private static let emptyNames = [
        ("Utils", "the noun it is about"), ("Util", "the noun it is about"),
        ("Utilities", "the noun it is about"), ("Helpers", "the noun it is about"),
        ("Helper", "the noun it is about"), ("Manager", "what it does: Keeper, Loop, Book"),
        ("Common", "the noun it is about"), ("Models", "the nouns themselves"),
        ("Misc", "the noun it is about"),
    ]

    @Test func namesSaySomething() {
        var found: [Violation] = []
        for path in Repository.files where !path.hasPrefix("Tests/Fixtures/") {
            let stem = path.split(separator: "/").last?.prefix { $0 != "." } ?? ""
            let folders = path.split(separator: "/").dropLast()
            for (word, instead) in Self.emptyNames
            where stem.hasSuffix(word) || folders.contains(where: { $0 == word }) {
                found.append(Violation(path, "`\(word)` says nothing; name it for \(instead)"))
            }
        }
        let kinds = ["struct ", "class ", "enum ", "actor ", "protocol ", "typealias "]
        for file in Repository.swift {
            for (index, line) in file.code.enumerated() {
                for kind in kinds {
                    for range in occurrences(of: kind, in: line) {
                        let name = line[range.upperBound...].prefix { $0.isLetter || $0.isNumber }
                        for (word, instead) in Self.emptyNames where name.hasSuffix(word) {
                            found.append(
                                Violation(
                                    file.path, index + 1,
                                    "\(name): `\(word)` says nothing; name it for \(instead)"))
                        }
                    }
                }
            }
        }
        expectNone(found)
    }

    /// Words that no text of ours uses, comments and documents included.
    private static let words = [
        (["black", "list"], "deny list, or excluded"),
        (["white", "list"], "allow list, or allowed"),
        (["TO", "DO"], "an issue, or the work itself"), (["FIX", "ME"], "an issue, or the fix"),
        (["X", "XX"], "an issue, or the fix"),
    ]

    @Test func noUnfinishedOrOldWords() {
        var found: [Violation] = []
        for path in Repository.files where Repository.isOwnText(path) {
            let text = Repository.read(path)
            let lowered = text.lowercased()
            let words = Self.words.map { ($0.0.joined(), $0.1) }.filter {
                Repository.mentions($0.0.first?.isUppercase == true ? text : lowered, $0.0)
            }
            if words.isEmpty { continue }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() {
                for (word, instead) in words {
                    let text = word.first?.isUppercase == true ? String(line) : line.lowercased()
                    if !occurrences(of: word, in: text).isEmpty {
                        found.append(
                            Violation(path, index + 1, "`\(word)`: write \(instead)"))
                    }
                }
            }
        }
        expectNone(found)
    }
}

/// Places of `word` in `line` that are not a part of a longer identifier.
func occurrences(of word: String, in line: String) -> [Range<String.Index>] {
    func continues(_ character: Character?) -> Bool {
        character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
    }
    guard let head = word.first else { return [] }
    var found: [Range<String.Index>] = []
    var place = line.startIndex
    while place < line.endIndex {
        guard line[place] == head, line[place...].hasPrefix(word) else {
            place = line.index(after: place)
            continue
        }
        let end = line.index(place, offsetBy: word.count)
        let startsWord = !continues(word.first) || !continues(line[..<place].last)
        let endsWord = !continues(word.last) || !continues(line[end...].first)
        if startsWord && endsWord { found.append(place..<end) }
        place = end
    }
    return found
}
