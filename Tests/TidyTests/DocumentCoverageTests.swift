// What the pages for people must name, because people look for it there: codes, alerts, reasons,
// targets, decisions.

import Testing

struct DocumentCoverageTests {
    private static let catalog = "Sources/App/Documentation.docc/"
    private static let operations = Repository.read(catalog + "Operations.md")
    private static let architecture = Repository.read(catalog + "Architecture.md")

    /// Cases of the enumeration in `path` with their text in quotes, or else their name.
    private static func cases(_ path: String) -> [(name: String, text: String, line: Int)] {
        let file = Repository.sources.first { $0.path == path }
        var found: [(name: String, text: String, line: Int)] = []
        for (index, line) in (file?.lines ?? []).enumerated() {
            let words = line.split(separator: " ")
            guard words.count >= 2, words[0] == "case", !words[1].hasPrefix(".") else { continue }
            let name = String(words[1])
            let value = words.count >= 4 && words[2] == "=" ? words[3].filter { $0 != "\"" } : name
            found.append((name, value, index + 1))
        }
        return found
    }

    @Test func everyExitCodeIsExplained() {
        let path = "Sources/App/ExitStatus.swift"
        let codes = Self.cases(path)
        #expect(codes.count > 3)
        expectNone(
            codes.filter { !Self.operations.contains("\n| \($0.text) |") }.map {
                Violation(path, $0.line, "exit code \($0.text) is not in Operations.md: add it")
            })
    }

    @Test func everyHoldReasonIsExplained() {
        let path = "Sources/Core/History/HoldReason.swift"
        let reasons = Self.cases(path)
        #expect(reasons.count > 10)
        let used = reasons.filter { reason in
            Repository.sources.contains { file in
                file.path != path
                    && file.code.contains { !occurrences(of: "(.\(reason.name),", in: $0).isEmpty }
            }
        }
        #expect(used.count > 10)
        expectNone(
            used.filter { !Self.operations.contains("`\($0.text)`") }.map {
                Violation(path, $0.line, "reason \($0.text) is not in Operations.md: add it")
            })
    }

    @Test func everyAlertIsExplained() {
        var names: [(name: String, path: String, line: Int)] = []
        for path in [
            "Sources/Core/Alerting/Alert.swift", "Sources/Web/Dashboard/AlertRuleList.swift",
        ] {
            let file = Repository.sources.first { $0.path == path }
            for (index, line) in (file?.lines ?? []).enumerated() {
                for piece in line.split(separator: "\"") where piece.hasPrefix("Hazard") {
                    if piece.allSatisfy(\.isLetter) {
                        names.append((String(piece), path, index + 1))
                    }
                }
            }
        }
        #expect(names.count > 10)
        expectNone(
            names.filter { !Self.operations.contains("`\($0.name)`") }.map {
                Violation($0.path, $0.line, "\($0.name) is not in Operations.md: add it")
            })
    }

    @Test func everyTargetIsDescribed() {
        let targets = Set(
            Repository.files.filter { $0.hasPrefix("Sources/") }
                .compactMap { $0.split(separator: "/").dropFirst().first }.map(String.init))
        #expect(targets.count > 10)
        expectNone(
            targets.sorted().filter { !Self.architecture.contains("`\($0)`") }.map {
                Violation("Sources/\($0)", "the target is not in Architecture.md: add its line")
            })
    }

    @Test func everyPageIsListed() {
        let landing = Repository.read(Self.catalog + "Hazard.md")
        let pages = Repository.files.filter {
            $0.hasPrefix(Self.catalog) && $0.hasSuffix(".md") && !$0.hasSuffix("/Hazard.md")
        }
        expectNone(
            pages.filter { page in
                let name = page.split(separator: "/").last?.dropLast(3) ?? ""
                return !landing.contains("<doc:\(name)>")
            }.map { Violation($0, "the page is not listed in Hazard.md: add it") })
    }
}
