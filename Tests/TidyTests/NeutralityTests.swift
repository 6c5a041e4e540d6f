// The tree speaks of the project alone: it builds on any machine, from public places.

import Testing

struct NeutralityTests {
    /// Written in pieces, or this file would find itself.
    private static let strange = [
        (["/wo", "rk/"], "a path from the root of the repository"),
        (["/ro", "ot/"], "a path that every machine has"),
        (["bash", "_jobs"], "a path from the root of the repository"),
        (["work", "tree"], "nothing: how the work is organised is no part of the project"),
        (["sub", "agent"], "nothing: how the work is organised is no part of the project"),
        (["this ses", "sion"], "nothing: how the work is organised is no part of the project"),
        (["helper ses", "sion"], "nothing: how the work is organised is no part of the project"),
        (["../sha", "red/"], "a path inside the repository"),
    ]

    @Test func namesNoMachine() {
        var found: [Violation] = []
        for path in Repository.files where Repository.isOwnText(path) {
            let text = Repository.read(path)
            let words = Self.strange.map { ($0.0.joined(), $0.1) }.filter {
                Repository.mentions(text, $0.0)
            }
            if words.isEmpty { continue }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() {
                for (word, instead) in words where Repository.mentions(String(line), word) {
                    found.append(Violation(path, index + 1, "`\(word)`: write \(instead)"))
                }
            }
        }
        expectNone(found)
    }

    /// Where what is built and installed may come from.
    private static let hosts: Set<String> = ["github.com", "www.swift.org", "swift.org"]

    @Test(arguments: ["Package.swift", "Package.resolved", "dev", ".ci/run"])
    func comesFromPublicPlaces(path: String) {
        var found: [Violation] = []
        let lines = Repository.read(path).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            for piece in line.split(separator: "://").dropFirst() {
                let host = piece.prefix { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" }
                if Self.hosts.contains(String(host)) { continue }
                found.append(
                    Violation(
                        path, index + 1,
                        "\(host) is not one of \(Self.hosts.sorted()): use the public address"))
            }
        }
        expectNone(found)
    }
}
