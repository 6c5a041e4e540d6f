// What `hazard judge` prints: findings as they are found and a summary at the end, as lines for
// people or as one JSON document per line.

import Core
import Platform

/// The report on one series.
final class JudgeFileReport {
    let name: String
    private let format: OutputFormat
    private let output: Output
    /// Bad lines that were printed, at most `shown` for people.
    private var malformed = 0
    private static let shown = 20

    init(name: String, format: OutputFormat, output: Output) {
        self.name = name
        self.format = format
        self.output = output
    }

    func tell(_ findings: [RecordedSeries.Finding]) {
        for finding in findings {
            if format == .json {
                output.line(document(finding).text)
            } else {
                tellPeople(finding)
            }
        }
    }

    private func tellPeople(_ finding: RecordedSeries.Finding) {
        switch finding {
        case .anomaly(let onset, let detected, let score, let threshold, let detail):
            output.line(
                "ANOMALY    since \(onset.rfc3339), found at \(detected.rfc3339): \(detail); score "
                    + "\(nats(score)) of \(nats(threshold)) nats")
        case .recovery(let at, let detected):
            output.line("recovered  at \(at.rfc3339), found at \(detected.rfc3339)")
        case .accepted(let since, let detected):
            output.line(
                "accepted   at \(detected.rfc3339): what began at \(since.rfc3339) lasted so long "
                    + "that it is the usual level now")
        case .malformed(let line, let reason):
            malformed += 1
            if malformed <= Self.shown { output.error("\(name):\(line): \(reason); skipped") }
            if malformed == Self.shown { output.error("further bad lines are only counted") }
        }
    }

    private func nats(_ value: Double) -> String { Wording.decimal(value, 1) }

    private func document(_ finding: RecordedSeries.Finding) -> JSON {
        switch finding {
        case .anomaly(let onset, let detected, let score, let threshold, let detail):
            [
                "type": "anomaly", "onset": .string(onset.rfc3339),
                "detectedAt": .string(detected.rfc3339), "score": .number(score),
                "threshold": .number(threshold), "detail": .string(detail),
            ]
        case .recovery(let at, let detected):
            [
                "type": "recovery", "recoveredAt": .string(at.rfc3339),
                "detectedAt": .string(detected.rfc3339),
            ]
        case .accepted(let since, let detected):
            [
                "type": "accepted", "since": .string(since.rfc3339),
                "detectedAt": .string(detected.rfc3339),
            ]
        case .malformed(let line, let reason):
            ["type": "malformed", "line": .integer(Int64(line)), "reason": .string(reason)]
        }
    }

    /// Prints the summary and says how the command ends.
    func end(_ series: RecordedSeries) -> ExitStatus {
        let summary = series.summary
        let exit = Self.exit(summary)
        if format == .json {
            output.line(document(summary, exit).text)
        } else {
            lines(series, exit).forEach { output.line($0) }
        }
        return exit
    }

    /// Something was found; or nothing, by a judge that knew enough to say so.
    static func exit(_ summary: RecordedSeries.Summary) -> ExitStatus {
        if summary.anomalies > 0 { return .harm }
        return summary.warmAfter == nil || summary.malformed > summary.rows ? .unknown : .success
    }

    private func lines(_ series: RecordedSeries, _ exit: ExitStatus) -> [String] {
        let summary = series.summary
        var first = Wording.plural(summary.rows, "row")
        if let from = summary.from, let to = summary.to {
            first += " from \(from.rfc3339) to \(to.rfc3339)"
        }
        if let interval = summary.interval { first += ", one per \(interval.human)" }
        var lines = ["", "\(first); \(series.description)"]
        var notes: [String] = []
        if summary.gaps > 0 {
            notes.append(
                Wording.plural(summary.gaps, "gap") + ", the longest \(summary.longestGap.human)")
        }
        if summary.resets > 0 { notes.append(Wording.plural(summary.resets, "counter reset")) }
        if summary.malformed > 0 {
            notes.append(Wording.plural(summary.malformed, "bad line") + " skipped")
        }
        if !notes.isEmpty { lines.append(notes.joined(separator: "; ")) }
        lines.append(
            summary.warmAfter.map { "small changes were tested from row \($0) on" }
                ?? "too few rows or requests to learn what is usual: only gross changes were tested"
        )
        switch exit {
        case .harm:
            let count = summary.anomalies == 1 ? "1 anomaly" : "\(summary.anomalies) anomalies"
            lines.append(count + (summary.isOpen ? ", the last not over at the end" : ", all over"))
        case .unknown: lines.append("nothing can be said")
        default: lines.append("nothing anomalous")
        }
        return lines
    }

    private func document(_ summary: RecordedSeries.Summary, _ exit: ExitStatus) -> JSON {
        var json: JSON = [
            "type": "summary",
            "result": exit == .harm ? "anomalous" : exit == .success ? "usual" : "unknown",
            "rows": .integer(Int64(summary.rows)),
            "malformed": .integer(Int64(summary.malformed)),
            "anomalies": .integer(Int64(summary.anomalies)),
            "open": .bool(summary.isOpen),
            "gaps": .integer(Int64(summary.gaps)),
            "longestGapSeconds": .number(summary.longestGap.inSeconds),
            "resets": .integer(Int64(summary.resets)),
        ]
        json["warmAfter"] = summary.warmAfter.map { .integer(Int64($0)) }
        json["from"] = summary.from.map { .string($0.rfc3339) }
        json["to"] = summary.to.map { .string($0.rfc3339) }
        json["intervalSeconds"] = summary.interval.map { .number($0.inSeconds) }
        return json
    }
}
