import Core
import Testing

@testable import App

/// What `bench judge --markdown` writes beside the simulations.
@Suite struct JudgeBenchPageTests {
    @Test func costIsATableOfItsOwn() throws {
        let figures = [
            BenchFigure(name: "judging 600 series", value: 1.5, unit: "ms", target: .atMost(5)),
            BenchFigure(
                name: "state of a series", value: 2500, unit: "bytes", target: .atMost(2000)),
            BenchFigure(name: "else", value: 3, unit: "s"),
        ]
        let table = JudgeBench.costTable(figures)
        #expect(table.labels.map { $0[0] } == figures.map(\.name))
        let limit = BenchFigure.Target.atMost(2000).text
        #expect(table.rows.map { $0[3] } == ["<= 5", "\(limit) missed", "-"])
        let page = try #require(
            JudgeBench.replaced(
                judgeReport([table]),
                in: """
                    text
                    <!-- begin: made by `hazard bench judge --markdown` -->
                    old
                    <!-- end -->
                    more
                    """))
        #expect(page.contains("### Cost\n") && page.contains("| judging 600 series | 1.5 | ms |"))
        #expect(!page.contains("old") && page.hasPrefix("text\n") && page.hasSuffix("\nmore"))
    }
}
