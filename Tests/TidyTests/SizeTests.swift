// Limits of size: what fits on a screen is read, what does not is skimmed.

import Testing

struct SizeTests {
    private static let longestLine = 100
    /// Comments and literals that cannot be broken by the formatter may be this long.
    private static let longestOfAll = 110
    /// Such lines today. It may fall, never grow.
    private static let longLines = 25
    private static let longestFile = 500
    private static let longestFunction = 70

    /// Functions that are longer today, by path and name. Entries may go, never come.
    private static let longFunctions: Set<String> = []

    @Test func linesAreShort() {
        var long: [Violation] = []
        var found: [Violation] = []
        for file in Repository.swift {
            for (index, line) in file.lines.enumerated() where line.count > Self.longestLine {
                let violation = Violation(
                    file.path, index + 1,
                    "\(line.count) columns, \(Self.longestLine) are allowed; break it")
                let isText = file.code[index].allSatisfy { " \"+,)".contains($0) }
                if isText && line.count <= Self.longestOfAll {
                    long.append(violation)
                } else {
                    found.append(violation)
                }
            }
        }
        expectNone(found)
        expectRatchet(
            long, "lines of text are longer than \(Self.longestLine)", limit: Self.longLines)
    }

    @Test func filesAreShort() {
        expectNone(
            Repository.swift.filter { $0.lines.count > Self.longestFile }.map {
                Violation(
                    $0.path,
                    "\($0.lines.count) lines, \(Self.longestFile) are allowed; give each type "
                        + "its own file")
            })
    }

    @Test func functionsAreShort() {
        var found: [Violation] = []
        var still: Set<String> = []
        for file in Repository.swift {
            for function in SwiftOutline(file).functions
            where function.length > Self.longestFunction {
                let key = "\(file.path) \(function.name)"
                still.insert(key)
                if Self.longFunctions.contains(key) { continue }
                found.append(
                    Violation(
                        file.path, function.first,
                        "\(function.name) has \(function.length) lines, \(Self.longestFunction) "
                            + "are allowed; name its steps as functions"))
            }
        }
        expectNone(found)
        for key in Self.longFunctions.subtracting(still).sorted() {
            Issue.record("\(key) is short enough now: remove it from the list in \(#filePath)")
        }
    }

    /// The eyes of the test above.
    @Test func functionsAreFound() {
        let text = """
            protocol P {
                func a()
                var b: Int { get }
            }
            struct S {
                var stored = [1, 2].map { $0 + 1 }
                init(
                    x: Int = { 1 }()
                ) {
                    self.init()
                }
                func long<T>(
                    _ x: T
                ) async throws(E) -> [T]
                where T: Q {
                    if true {
                    }
                }
                func one() { two() }
            }
            """
        let found = SwiftOutline(SourceFile(path: "Sources/X/S.swift", text: text)).functions
        #expect(found.map(\.name) == ["b", "init", "long", "one"])
        #expect(found.map(\.length) == [1, 5, 7, 1])
    }
}
