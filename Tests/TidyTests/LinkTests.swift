// Links in documents lead somewhere: files of the tree, pages of the catalog, headings of a page.

import Testing

struct LinkTests {
    private static let catalog = "Sources/App/Documentation.docc"

    private static let documents = Repository.files.filter {
        $0.hasSuffix(".md") && !$0.hasPrefix("Tests/Fixtures/")
    }

    @Test func linksResolve() {
        var found: [Violation] = []
        let pages = Set(
            Self.documents.filter { $0.hasPrefix(Self.catalog) }
                .compactMap { $0.split(separator: "/").last?.dropLast(3) }.map(String.init))
        for path in Self.documents {
            let lines = Self.prose(Repository.read(path))
            for (index, line) in lines.enumerated() {
                for target in Self.links(line) {
                    guard let problem = problem(target, in: path, lines, pages) else { continue }
                    found.append(Violation(path, index + 1, problem))
                }
            }
        }
        expectNone(found)
    }

    private func problem(
        _ target: String, in path: String, _ lines: [String], _ pages: Set<String>
    ) -> String? {
        if target.hasPrefix("doc:") {
            let page = target.dropFirst(4).prefix { $0 != "#" }
            return pages.contains(String(page))
                ? nil : "no page \(page) in \(Self.catalog); known: \(pages.sorted())"
        }
        if target.hasPrefix("https://") || target.hasPrefix("mailto:") { return nil }
        if target.hasPrefix("http://") {
            let local = target.hasPrefix("http://127.0.0.1") || target.hasPrefix("http://localhost")
            return local ? nil : "\(target): write https"
        }
        if target.hasPrefix("#") {
            let anchors = lines.filter { $0.hasPrefix("#") }.map(Self.anchor)
            return anchors.contains(String(target.dropFirst()))
                ? nil : "no heading \(target) here; there are \(anchors)"
        }
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        let file = String(target.prefix { $0 != "#" })
        let place = folder.isEmpty ? file : folder + "/" + file
        return Repository.exists(place) ? nil : "\(target) does not exist"
    }

    /// The lines with code blocks and code spans blanked out, so that places stay.
    private static func prose(_ text: String) -> [String] {
        var fenced = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            if line.drop(while: { $0 == " " }).hasPrefix("```") {
                fenced.toggle()
                return ""
            }
            if fenced { return "" }
            let spans = line.split(separator: "`", omittingEmptySubsequences: false)
            return spans.enumerated().map { $0.offset.isMultiple(of: 2) ? String($0.element) : "" }
                .joined()
        }
    }

    /// Targets of `[text](target)` and `<target>`.
    private static func links(_ line: String) -> [String] {
        var found: [String] = []
        for piece in line.split(separator: "](", omittingEmptySubsequences: false).dropFirst() {
            found.append(String(piece.prefix { $0 != ")" && $0 != " " }))
        }
        for piece in line.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
            let target = piece.prefix { $0 != ">" }
            if target.hasPrefix("doc:") || target.hasPrefix("http") { found.append(String(target)) }
        }
        return found
    }

    /// `## Two words` as `two-words`.
    private static func anchor(_ heading: String) -> String {
        heading.drop { $0 == "#" || $0 == " " }.lowercased().compactMap {
            $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? String($0) : $0 == " " ? "-" : ""
        }.joined()
    }

    @Test func decisionsAreNumberedAndShort() {
        var found: [Violation] = []
        let folder = Self.catalog + "/Decisions/"
        let records = Self.documents.filter { $0.hasPrefix(folder) }
        for (index, path) in records.enumerated() {
            let name = path.dropFirst(folder.count)
            let lines = Repository.read(path).split(
                separator: "\n", omittingEmptySubsequences: false)
            if Int(name.prefix(4)) != index + 1 {
                found.append(Violation(path, "numbers have no gaps; \(index + 1) is next"))
            }
            if lines.count > 61 {
                found.append(Violation(path, "\(lines.count - 1) lines, 60 are allowed"))
            }
            for heading in ["## Context", "## Decision", "## Consequences"]
            where !lines.contains(where: { $0 == heading }) {
                found.append(Violation(path, "the section `\(heading)` is missing"))
            }
        }
        #expect(!records.isEmpty)
        expectNone(found)
    }
}
