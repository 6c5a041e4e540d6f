// `hazard replay`: draws a journaled round again from its seed and shows every roll beside what was
// recorded.

import Core
import Engine
import Host
import Platform

/// The command `replay`.
package enum ReplayCommand {
    /// 1: a step does not agree with the record. 4: nothing contradicts it, but too little was kept
    /// to draw everything again.
    package static func run(
        round number: Int, journal: String, format: OutputFormat, output: Output = .terminal
    ) async -> ExitStatus {
        let found: Found
        var document: JSON
        do throws(Failure) {
            let file = try await JournalFile(path: journal)
            guard let record = find(number, file) else {
                let newest = file.state.lastRound
                output.error(
                    newest == 0
                        ? "\(journal) holds no rounds yet"
                        : "\(journal) holds no round \(number); it holds 1 to \(newest), "
                            + "see hazard rounds")
                return .usage
            }
            found = record
            var state = file.state
            if let record = file.rounds.first(where: { $0.number == number }) {
                state.rounds = [record]
            }
            let view = RecordedView(state: state, now: SystemClock().now)
            document = try await view.document("/api/v1/rounds/\(number)")
        } catch {
            output.error(error.message)
            return .failure
        }
        let redraw = Plan.redraw(found.planned, daemonSeed: found.daemonSeed)
        switch format {
        case .json:
            document["redraw"] = json(redraw)
            output.document(document)
        case .text:
            lines(found, redraw).forEach { output.line($0) }
            findings(document).forEach { output.line($0) }
        }
        return redraw.agrees ? redraw.isComplete ? .success : .unknown : .failure
    }

    /// A plan as it was journaled, and the seed of the life that made it.
    private struct Found: Sendable {
        var planned: Planned
        var at: Timestamp
        var daemonSeed: UInt64?
    }

    private static func find(_ number: Int, _ file: JournalFile) -> Found? {
        var seed: UInt64?
        for entry in file.entries {
            switch entry.event {
            case .started(let started): seed = started.seed
            case .planned(let planned) where planned.round == number:
                return Found(planned: planned, at: entry.at, daemonSeed: seed)
            default: break
            }
        }
        return nil
    }

    private static func lines(_ found: Found, _ redraw: Redraw) -> [String] {
        let planned = found.planned
        var table = TextTable(["STEP", "ROLL", "RECORDED", "REDRAWN", ""])
        for step in redraw.steps {
            let sign = step.agrees.map { $0 ? "agrees" : "DIFFERS" } ?? "not redrawn"
            table.add([step.name, step.roll, step.recorded, step.redrawn ?? "-", sign])
        }
        let end =
            !redraw.agrees
            ? "round \(planned.round) does NOT redraw: the record, or this program, was changed"
            : redraw.isComplete
                ? "round \(planned.round) redraws bit for bit"
                : "round \(planned.round) agrees as far as it can be redrawn"
        return [
            "round \(planned.round) of \(planned.policy), planned at \(found.at.rfc3339): "
                + "\(planned.assignment.rawValue) of \(planned.fault) at \(planned.target)"
        ] + table.lines + [end]
    }

    /// What the round showed, with its evidence.
    private static func findings(_ document: JSON) -> [String] {
        (document["findings"]?.array ?? []).flatMap { finding in
            ["finding: \(finding["title"]?.string ?? "?") (\(finding["history"]?.string ?? "?"))"]
                + (finding["evidence"]?.array ?? []).compactMap { $0.string.map { "  \($0)" } }
        }
    }

    private static func json(_ redraw: Redraw) -> JSON {
        let steps = redraw.steps.map { step in
            var json: JSON = [
                "name": .string(step.name), "roll": .string(step.roll),
                "recorded": .string(step.recorded),
            ]
            json["redrawn"] = step.redrawn.map { .string($0) }
            json["agrees"] = step.agrees.map { .bool($0) }
            return json
        }
        return [
            "agrees": .bool(redraw.agrees), "complete": .bool(redraw.isComplete),
            "steps": .array(steps),
        ]
    }
}
