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

    /// Measures `parts` (empty: all) and prints a line for each figure as it is known.
    package static func run(
        _ parts: [Part], format: OutputFormat, output: Output = .terminal
    ) async -> ExitStatus {
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
        }
        return .success
    }

    private static func measure(_ part: Part) async throws -> [BenchFigure] {
        switch part {
        case .plan: try PlanBench.figures()
        case .parse: CodeBench.parse()
        case .metrics: CodeBench.metrics()
        case .judge: CodeBench.judge()
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
