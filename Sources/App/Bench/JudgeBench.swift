// What judging costs and how long detection takes: figures beside their targets, and the tables of
// the page about the bench.

import Core
import Host
import Platform

enum JudgeBench {
    static func figures() -> [BenchFigure] { cost() + delay() }

    // MARK: Cost

    /// CPU time of a window of 15 s: the detectors alone, and everything from raw counters on; and
    /// the memory of a series.
    static func cost() -> [BenchFigure] {
        var figures: [BenchFigure] = []
        for (series, limit) in [(600, 5.0), (50_000, 500)] {
            let before = resident
            var load = DetectorLoad(series: series)
            let grown = resident - before
            // The first window refreshes every bound; the median is a usual one.
            let watch = Stopwatch(runs: 9) { _ = load.step() }
            figures.append(
                BenchFigure(
                    name: "judging \(series) series, one window", value: watch.median * 1000,
                    unit: "ms", target: .atMost(limit)))
            guard series == 50_000 else { continue }
            figures.append(
                BenchFigure(
                    name: "the same, when every bound is refreshed",
                    value: (watch.most) * 1000, unit: "ms", target: .atMost(limit)))
            figures.append(
                BenchFigure(
                    name: "state of a series, resident", value: grown / Double(series),
                    unit: "bytes", target: .atMost(2000)))
        }
        for (services, callers, limit) in [(600, 2, 5.0), (10_000, 5, 500)] {
            var load = JudgeLoad(services: services, callers: callers, steps: 9)
            let watch = Stopwatch(runs: 9) { _ = load.step() }
            figures.append(
                BenchFigure(
                    name: "\(load.counters) raw counters of \(services) services, one window",
                    value: watch.median * 1000, unit: "ms", target: .atMost(limit)))
        }
        return figures
    }

    private static var resident: Double { Double(ProcessUsage.current?.residentBytes ?? 0) }

    // MARK: Delay

    /// 10 req/s, 0.1 % to 5 % bad, 15 s windows, 600 series.
    private static func delay() -> [BenchFigure] {
        let row = delayRow(
            before: 0.001, after: 0.05, rate: 10, series: 600, replications: 2000, seed: 7)
        return [
            BenchFigure(
                name: "detection delay, mean", value: row.mean, unit: "s", target: .atMost(26)),
            BenchFigure(name: "detection delay, 95 % quantile", value: row.p95, unit: "s"),
            BenchFigure(
                name: "detection delay over the oracle's", value: row.ratio, unit: "ratio",
                target: .atMost(1.15)),
        ]
    }

    // MARK: The page

    private static let begin = "<!-- begin: made by `hazard bench judge --markdown` -->"
    private static let end = "<!-- end -->"

    /// All tables, at full size, after that of the cost where it was measured; says on the
    /// terminal what is being simulated.
    static func tables(cost: [BenchFigure] = [], _ report: JudgeReport = JudgeReport()) -> String {
        let simulated = report.tables { Terminal.warn("simulating: \($0)") }
        return judgeReport((cost.isEmpty ? [] : [costTable(cost)]) + simulated)
    }

    /// What judging costs: the one table that is not a function of the seed.
    static func costTable(_ figures: [BenchFigure]) -> Core.ReportTable {
        var table = Core.ReportTable(
            "Cost",
            "CPU time of one window of 15 s and memory of a series, as measured where this page "
                + "was made: unlike the other tables these figures depend on the machine, and only "
                + "those of a release build mean much.",
            columns: ["what", "value", "unit", "target"])
        for figure in figures {
            let isMissed = figure.target.isMet(by: figure.value) == false
            table.add(
                figure.name, shortNumber(figure.value), figure.unit,
                figure.target.text.isEmpty
                    ? "-" : figure.target.text + (isMissed ? " missed" : ""))
        }
        return table
    }

    /// Puts the tables between the two marks of the page at `path`.
    static func write(_ tables: String, into path: String) throws(Failure) {
        let bytes = try FileSystem.read(path)
        guard let text = replaced(tables, in: String(decoding: bytes, as: UTF8.self)) else {
            throw Failure(.rejected, "\(path) has no lines \"\(begin)\" and \"\(end)\" after it")
        }
        try FileSystem.writeAtomically(Array(text.utf8), to: path)
    }

    /// The page with `tables` between its marks; nil when it has none.
    static func replaced(_ tables: String, in page: String) -> String? {
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.firstIndex(where: { $0 == begin }),
            let last = lines[first...].firstIndex(where: { $0 == end })
        else { return nil }
        return (lines[...first].map(String.init) + ["", tables] + lines[last...].map(String.init))
            .joined(separator: "\n")
    }
}
