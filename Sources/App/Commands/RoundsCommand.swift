// `hazard rounds`: the history of rounds in a journal, newest first.

import Core
import Engine
import Host
import Platform

/// The command `rounds`.
package enum RoundsCommand {
    /// Prints at most `limit` rounds, of `policy` (`namespace/name`) only when one is named.
    package static func run(
        journal: String, limit: Int, policy: String?, format: OutputFormat,
        output: Output = .terminal
    ) async -> ExitStatus {
        guard limit > 0 else {
            output.error("--limit wants a number of rounds from 1, not \(limit)")
            return .usage
        }
        let documents: [JSON]
        do throws(Failure) {
            let file = try await JournalFile(path: journal)
            if let policy, !knows(policy, file) {
                let known = Set(file.rounds.map(\.planned.policy)).sorted()
                output.error(
                    "no round of \(journal) belongs to a policy \"\(policy)\"; known: "
                        + (known.isEmpty ? "none yet" : known.joined(separator: ", ")))
                return .usage
            }
            let matching = file.rounds.filter { policy == nil || $0.planned.policy == policy }
            documents = try await self.documents(matching.suffix(limit).reversed(), file)
        } catch {
            output.error(error.message)
            return .failure
        }
        switch format {
        case .json: output.document(.array(documents))
        case .text: lines(documents).forEach { output.line($0) }
        }
        return .success
    }

    private static func knows(_ policy: String, _ file: JournalFile) -> Bool {
        file.rounds.contains { $0.planned.policy == policy }
            || file.state.policies?.policies.contains { $0.id == policy } ?? false
    }

    /// The short document of each round, as the JSON API gives it.
    private static func documents(
        _ rounds: [RoundRecord], _ file: JournalFile
    ) async throws(Failure) -> [JSON] {
        var documents: [JSON] = []
        var rest = rounds[...]
        while !rest.isEmpty {
            let page = rest.prefix(State.roundLimit)
            rest = rest.dropFirst(State.roundLimit)
            var state = file.state
            state.rounds = page.reversed()
            let view = RecordedView(state: state, now: SystemClock().now)
            let answer = try await view.document("/api/v1/rounds?limit=\(State.roundLimit)")
            documents += answer["rounds"]?.array ?? []
        }
        return documents
    }

    private static func lines(_ documents: [JSON]) -> [String] {
        if documents.isEmpty { return ["no rounds yet"] }
        var table = TextTable([
            "ROUND", "TIME", "POLICY", "ASSIGNMENT", "FAULT", "TARGET", "OUTCOME", "DISCOVERY",
            "VERDICT",
        ])
        for round in documents {
            func text(_ name: String) -> String { round[name]?.string ?? "" }
            table.add([
                round["number"]?.integer.map { String($0) } ?? "", text("plannedAt"),
                text("policy"), text("assignment"), text("fault"),
                round[path: ["target", "name"]]?.string ?? "", text("outcome"),
                round["discovery"]?.bool.map { $0 ? "yes" : "no" } ?? "", text("text"),
            ])
        }
        return table.lines
    }
}
