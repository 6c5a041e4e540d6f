// `hazard bench`: prints figures and what they should be. It judges nothing: the machine may be
// busy.

import Core
import Glibc
import Platform

/// The command `bench`.
package enum BenchCommand {
    /// What can be measured.
    package enum Part: String, CaseIterable, Sendable {
        case plan, parse, metrics, judge, simulate, decode, idle
    }

    /// Measures `parts` (empty: all) and prints a line for each figure. When the judge is asked for
    /// by name, its tables follow as text. `markdown`: the page that the tables are written into,
    /// and nothing else is measured.
    package static func run(
        _ parts: [Part], format: OutputFormat, markdown: String? = nil,
        output: Output = .terminal
    ) async -> ExitStatus {
        if let markdown { return page(markdown, parts, output) }
        var figures: [BenchFigure] = []
        do {
            for part in parts.isEmpty ? Part.allCases : parts {
                if format == .text { Terminal.warn("measuring: \(part.rawValue)") }
                figures += try await measure(part)
            }
        } catch {
            output.error(Failure(error).message)
            return .failure
        }
        switch format {
        case .json: output.document(.array(figures.map(json)))
        case .text:
            var table = TextTable(["WHAT", "VALUE", "UNIT", "TARGET", ""])
            for figure in figures {
                let met = figure.target.isMet(by: figure.value)
                table.add([
                    figure.name, shortNumber(figure.value), figure.unit,
                    figure.target.text, met.map { $0 ? "met" : "MISSED" } ?? "",
                ])
            }
            table.lines.forEach { output.line($0) }
            if parts.contains(.judge) { output.line("\n" + JudgeBench.tables()) }
        }
        return .success
    }

    private static func page(_ path: String, _ parts: [Part], _ output: Output) -> ExitStatus {
        guard parts == [.judge] else {
            output.error("--markdown goes with the part judge: hazard bench judge --markdown PAGE")
            return .usage
        }
        do throws(Failure) {
            Terminal.warn("measuring: cost")
            try JudgeBench.write(JudgeBench.tables(cost: JudgeBench.cost()), into: path)
            return .success
        } catch {
            output.error(error.message)
            return .failure
        }
    }

    private static func measure(_ part: Part) async throws -> [BenchFigure] {
        switch part {
        case .plan: try PlanBench.figures()
        case .parse: CodeBench.parse()
        case .metrics: CodeBench.metrics()
        case .judge: JudgeBench.figures()
        case .simulate: try CodeBench.simulate()
        case .decode: try await DecodeBench.figures()
        case .idle: try await IdleBench.figures()
        }
    }

    private static func json(_ figure: BenchFigure) -> JSON {
        var json: JSON = [
            "name": .string(figure.name), "value": .number(figure.value),
            "unit": .string(figure.unit),
        ]
        if let met = figure.target.isMet(by: figure.value) {
            json["target"] = .string(figure.target.text)
            json["met"] = .bool(met)
        }
        return json
    }
}
