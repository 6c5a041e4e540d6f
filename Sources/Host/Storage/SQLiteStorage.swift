// Door 3 for real: one append-only log in an SQLite file. It knows nothing of what the records
// mean.

import Core
import FoundationEssentials
import GRDB
package import Platform

/// A log that one process at a time writes (`init`) and others may read meanwhile (`reader`).
///
/// Write-ahead log with `synchronous=FULL`: an append has reached the disk when it returns, at the
/// price of one sync. SQLite runs on a queue of its own, never on the cooperative pool.
package final class SQLiteStorage: Storage {
    private let file: String
    package var path: String? { file }
    private let queue: DatabaseQueue
    private let isReadOnly: Bool
    private let lock: Lock<FileLock?>

    /// `HAZD`, so that no other program's file is taken for a journal.
    static let applicationID = 0x4841_5a44
    /// The layout of the file.
    static let version = 1

    /// Opens the log at `path` for writing, creating it when there is none. `.rejected` when
    /// another process has it, when it is damaged or when it is not a log of ours.
    package convenience init(path: String) throws(Failure) {
        let lock = try FileLock(Self.lockPath(path)) { holder in
            let who = holder.map { " (pid \($0))" } ?? ""
            return "another Hazard\(who) is using the journal \(path); stop it first, "
                + "or choose another journal"
        }
        try self.init(path: path, isReadOnly: false, lock: lock)
    }

    /// Which process writes the log at `path` now.
    package static func holder(of path: String) -> FileLock.Holder {
        FileLock.holder(of: lockPath(path))
    }

    private static func lockPath(_ path: String) -> String { path + ".lock" }

    /// Opens the log at `path` for reading, also while another process writes it.
    package static func reader(path: String) throws(Failure) -> SQLiteStorage {
        try SQLiteStorage(path: path, isReadOnly: true, lock: nil)
    }

    private init(path: String, isReadOnly: Bool, lock: FileLock?) throws(Failure) {
        file = path
        self.isReadOnly = isReadOnly
        self.lock = Lock(lock)
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(5)
        configuration.label = "journal"
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.inDatabase { db in
                if !isReadOnly { try Self.prepare(db, path) }
                try Self.check(db, path)
            }
        } catch {
            throw SQLiteFailure.make(error, path, "open")
        }
    }

    package func append(_ record: [UInt8]) async throws(Failure) {
        guard !isReadOnly else {
            throw Failure(.rejected, "the journal \(file) was opened for reading only")
        }
        let path = file
        try await perform { db throws(Failure) in
            do {
                // One statement is one transaction: it is there as a whole or not at all.
                try db.cachedStatement(sql: "INSERT INTO record (bytes) VALUES (?)")
                    .execute(arguments: [Data(record)])
            } catch {
                throw SQLiteFailure.make(error, path, "write")
            }
        }
    }

    package func records(after count: Int, upTo bytes: Int) async throws(Failure) -> [[UInt8]] {
        let path = file
        return try await perform { db throws(Failure) in
            do {
                return try Self.read(db, path, after: count, upTo: bytes)
            } catch {
                throw SQLiteFailure.make(error, path, "read", checkedBy: db)
            }
        }
    }

    /// Runs `body` on SQLite's queue. A task's cancellation does not reach it: an append happened
    /// or it did not, and the caller is told which.
    private func perform<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            queue.asyncWriteWithoutTransaction { db in
                continuation.resume(
                    returning: Result { () throws(Failure) in try body(db) })
            }
        }
        return try result.get()
    }

    private static func prepare(_ db: Database, _ path: String) throws {
        // First of all: what belongs to another program is not changed.
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        let id = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        guard id == applicationID || (tables == 0 && id == 0) else { throw foreign(path) }
        let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode=WAL")
        try db.execute(sql: "PRAGMA synchronous=FULL")
        // Read back, because libraries are known to change it silently.
        let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
        guard mode == "wal", synchronous == 2 else {
            throw Failure(
                .rejected,
                "the journal \(path) cannot be written durably (journal mode \(mode ?? "unknown"), "
                    + "synchronous \(synchronous ?? -1)); put it on a local file system")
        }
        guard id == 0 else { return }
        try db.inTransaction {
            try db.execute(
                sql: """
                    CREATE TABLE record (sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
                    PRAGMA application_id=\(applicationID);
                    PRAGMA user_version=\(version);
                    """)
            return .commit
        }
    }

    private static func foreign(_ path: String) -> Failure {
        Failure(
            .rejected, "\(path) is an SQLite file but not a Hazard journal; choose another path")
    }

    /// Refuses files that are damaged, not ours, or of a later layout.
    private static func check(_ db: Database, _ path: String) throws {
        if let damage = try SQLiteFailure.damage(db) { throw SQLiteFailure.damaged(path, damage) }
        guard try Int.fetchOne(db, sql: "PRAGMA application_id") == applicationID else {
            throw foreign(path)
        }
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard found == version else {
            throw Failure(
                .rejected,
                "the journal \(path) has layout \(found), this Hazard knows layout \(version); "
                    + "use the Hazard that wrote it")
        }
    }

    private static func read(
        _ db: Database, _ path: String, after count: Int, upTo limit: Int
    ) throws -> [[UInt8]] {
        var records: [[UInt8]] = []
        var size = 0
        let rows = try Row.fetchCursor(
            db, sql: "SELECT sequence, bytes FROM record WHERE sequence > ? ORDER BY sequence",
            arguments: [count])
        while size < limit, let row = try rows.next() {
            let sequence: Int = row[0]
            let expected = count + records.count + 1
            guard sequence == expected else {
                throw Failure(
                    .rejected,
                    "the journal \(path) lacks record \(expected); restore it from a copy")
            }
            let bytes: Data = row[1]
            size += bytes.count
            records.append(Array(bytes))
        }
        return records
    }

    /// Closes the file and lets other processes have it. Later calls fail.
    package func close() throws(Failure) {
        do {
            try queue.close()
        } catch {
            throw SQLiteFailure.make(error, file, "close")
        }
        lock.withLock { $0 = nil }
    }

    /// For tests: bounds the file's size as a full disk would.
    func limit(pages: Int) throws {
        try queue.inDatabase { try $0.execute(sql: "PRAGMA max_page_count=\(pages)") }
    }

    /// For tests: what `name` is set to.
    func pragma(_ name: String) throws -> String? {
        try queue.inDatabase { try String.fetchOne($0, sql: "PRAGMA \(name)") }
    }
}
