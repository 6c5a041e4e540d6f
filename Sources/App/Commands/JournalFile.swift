// A journal file read by a command, also while a daemon writes it: every row checked against the
// hash chain, every round kept.

import Core
import Engine
import Glibc
import Host
import Platform

/// What a journal file says.
struct JournalFile: Sendable {
    let path: String
    /// Whether a process has the journal now.
    let holder: FileLock.Holder
    let entries: [JournalEntry]
    let state: State
    /// Every round, oldest first: more than the state keeps.
    let rounds: [RoundRecord]

    /// Reads all of it. A missing, foreign or damaged journal is a failure that names the place.
    init(path: String) async throws(Failure) {
        guard Self.exists(path) else {
            throw Failure(
                .rejected,
                "there is no journal \(path); name the daemon's with --journal (its "
                    + "configuration says where it is)")
        }
        self.path = path
        holder = SQLiteStorage.holder(of: path)
        let storage = try SQLiteStorage.reader(path: path)
        var codec = JournalCodec()
        var entries: [JournalEntry] = []
        var state = State()
        var dropped: [RoundRecord] = []
        try await storage.forEachRecord { row throws(Failure) in
            let entry: JournalEntry
            do throws(Failure) { entry = try codec.decode(row) } catch {
                throw Failure(
                    .rejected,
                    "the journal \(path) is damaged: \(error.message); restore it from a copy, or "
                        + "revert what may be in place (hazard revert --all) and move it away")
            }
            entries.append(entry)
            // Taken only when a round may be dropped: copies of the state are not cheap.
            var before: [RoundRecord] = []
            if case .planned = entry.event, state.rounds.count >= State.roundLimit {
                before = state.rounds
            }
            state.apply(entry.event, sequence: entry.sequence, at: entry.at)
            if !before.isEmpty {
                let kept = Set(state.rounds.map(\.number))
                dropped += before.filter { !kept.contains($0.number) }
            }
        }
        try storage.close()
        self.entries = entries
        self.state = state
        rounds = (dropped + state.rounds).sorted { $0.number < $1.number }
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}
