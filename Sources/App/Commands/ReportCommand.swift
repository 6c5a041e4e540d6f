// `hazard report`: what a journal shows, as lines, as JSON, and as one page of HTML.

package import Core
import Engine
import Host
import Platform

/// The command `report`.
package enum ReportCommand {
    /// Prints the report of a journal, of `namespace` only when one is named, from `since` on: an
    /// instant (RFC 3339, or a date) or a time before now (`7d`). Writes the page to `html`.
    package static func run(
        journal: String, html: String?, since: String?, namespace: String?, format: OutputFormat,
        now: Timestamp = SystemClock().now, output: Output = .terminal
    ) async -> ExitStatus {
        var start: Timestamp?
        if let since {
            start = instant(since, now: now)
            guard start != nil else {
                output.error(
                    "--since wants a time before now, e.g. 7d, or an instant, e.g. 2026-11-01 or "
                        + "2026-11-01T09:00:00Z, not \"\(since)\"")
                return .usage
            }
        }
        do throws(Failure) {
            let file = try await JournalFile(path: journal)
            let (history, seed) = read(file)
            if let namespace, !history.namespaces.contains(namespace) {
                let known = history.namespaces
                output.error(
                    "nothing in \(journal) belongs to a namespace \"\(namespace)\"; known: "
                        + (known.isEmpty ? "none yet" : known.joined(separator: ", ")))
                return .usage
            }
            var report = Report(
                history, madeAt: now, namespace: namespace, since: start,
                chaos: WasItChaosCommand.History(file).record(file, now: now), seed: seed)
            report.add(file.state.sortedFindings)
            var place: String?
            if let html {
                let page = Array(ReportPage(report: report, source: journal).html.utf8)
                try FileSystem.writeAtomically(page, to: html)
                place = "page: \(html) (\((page.count + 1023) / 1024) KiB)"
            }
            switch format {
            case .json: output.document(ReportDocument(report: report).json)
            case .text:
                ReportText(report: report).lines.forEach { output.line($0) }
                if let place { output.line(place) }
            }
            return .success
        } catch {
            output.error(error.message)
            return .failure
        }
    }

    /// `7d` before `now`, a date, or an instant; nil when it is none.
    static func instant(_ text: String, now: Timestamp) -> Timestamp? {
        if let span = Duration(human: text) { return now - span }
        return Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T00:00:00Z")
    }

    /// The journal's history, and the seed of its first life, which decides the redraws.
    private static func read(_ file: JournalFile) -> (ReportHistory, UInt64) {
        var history = ReportHistory()
        var seed: UInt64?
        for entry in file.entries {
            if case .started(let started) = entry.event, seed == nil { seed = started.seed }
            history.add(entry.event, at: entry.at)
        }
        return (history, seed ?? 1)
    }
}
