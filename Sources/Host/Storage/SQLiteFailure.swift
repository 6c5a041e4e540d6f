// What an SQLite error means to whoever runs the program.

import GRDB
import Platform

enum SQLiteFailure {
    /// `error` while trying to `verb` the journal at `path`. `db` is asked for the damage when the
    /// error says that there is some.
    static func make(
        _ error: any Error, _ path: String, _ verb: String, checkedBy db: Database? = nil
    ) -> Failure {
        if let failure = error as? Failure { return failure }
        guard let error = error as? DatabaseError else {
            return Failure(.rejected, "cannot \(verb) the journal \(path): \(error)")
        }
        let words = error.message ?? "\(error.extendedResultCode)"
        let what = "cannot \(verb) the journal \(path): "
        switch error.resultCode {
        case .SQLITE_FULL:
            return Failure(.transient, what + "the disk is full; free some space")
        case .SQLITE_IOERR:
            return Failure(
                .transient,
                what + "\(words) (SQLite \(error.extendedResultCode.rawValue)); "
                    + "check the disk and its free space")
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOMEM, .SQLITE_INTERRUPT:
            return Failure(.transient, what + words)
        case .SQLITE_READONLY:
            return Failure(.rejected, what + "it is read-only; check the file and its directory")
        case .SQLITE_CANTOPEN:
            return Failure(
                .rejected, what + "it is missing or not accessible; check the path and permissions")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            let found = db.flatMap { try? damage($0) }
            return damaged(path, found ?? words)
        case .SQLITE_MISUSE:
            return Failure(.rejected, what + "it was closed")
        default:
            return Failure(.rejected, what + words)
        }
    }

    static func damaged(_ path: String, _ reason: String) -> Failure {
        Failure(
            .rejected,
            "the journal \(path) is damaged: \(reason); restore it from a copy, or move it away to "
                + "start an empty one")
    }

    /// The first finding of SQLite's integrity check; nil when there is none.
    static func damage(_ db: Database) throws -> String? {
        let finding = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)")
        return finding == "ok" ? nil : finding ?? "the check gave no answer"
    }
}
