// SQLiteStorage on real files: order, durability across a kill, exclusive use, full disks, damage.

import Core
import Glibc
import Platform
import Testing

@testable import Host

@Suite(.timeLimit(.minutes(10)))
struct StorageTests {
    /// Records of many sizes, from none to more than a page.
    static func sample(_ number: Int) -> [UInt8] {
        var stream = RandomStream(seed: UInt64(number))
        return (0..<number * 37 % 5000).map { _ in UInt8(truncatingIfNeeded: stream.next()) }
    }

    static func fill(_ path: String, _ count: Int) async throws {
        let storage = try SQLiteStorage(path: path)
        for number in 0..<count { try await storage.append(sample(number)) }
        try storage.close()
    }

    @Test func keepsRecordsInOrderAcrossOpenings() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/journal"
            try await Self.fill(path, 30)
            let storage = try SQLiteStorage(path: path)
            #expect(try await storage.records() == (0..<30).map(Self.sample))
            try await storage.append([])
            try await storage.append([0, 255])
            #expect(try await storage.records() == (0..<30).map(Self.sample) + [[], [0, 255]])
            // Few at a time, but never none while there are any.
            #expect(try await storage.records(after: 30, upTo: 1) == [[], [0, 255]])
            #expect(try await storage.records(after: 3, upTo: 1).count == 1)
            #expect(try await storage.records(after: 3, upTo: 1)[0] == Self.sample(3))
            #expect(try await storage.records(after: 32, upTo: 1 << 20) == [])
        }
    }

    @Test func isReallyDurable() async throws {
        try await withTemporaryDirectory { directory in
            let storage = try SQLiteStorage(path: directory + "/journal")
            #expect(try storage.pragma("synchronous") == "2")
            #expect(try storage.pragma("journal_mode") == "wal")
        }
    }

    @Test func concurrentAppendsAreAllThere() async throws {
        try await withTemporaryDirectory { directory in
            let storage = try SQLiteStorage(path: directory + "/journal")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask { try await storage.append([UInt8(number)]) }
                }
                try await group.waitForAll()
            }
            let records = try await storage.records()
            #expect(records.map { $0[0] }.sorted() == (0..<200).map { UInt8($0) })
        }
    }

    @Test func survivesAKillInTheMiddle() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/journal"
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                let storage = try SQLiteStorage(path: path)
                for number in 0..<50 { try await storage.append(StorageTests.sample(number)) }
                kill(getpid(), SIGKILL)
            }
            let storage = try SQLiteStorage(path: path)
            #expect(try await storage.records() == (0..<50).map(Self.sample))
        }
    }

    @Test func oneWriterAtATimeAndReadersMeanwhile() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/journal"
            await expectFailure(.rejected, path, "missing") {
                _ = try SQLiteStorage.reader(path: path)
            }
            let storage = try SQLiteStorage(path: path)
            try await storage.append([1])
            await expectFailure(.rejected, "another Hazard (pid \(getpid()))", path) {
                _ = try SQLiteStorage(path: path)
            }
            let reader = try SQLiteStorage.reader(path: path)
            #expect(try await reader.records() == [[1]])
            try await storage.append([2])
            #expect(try await reader.records() == [[1], [2]])
            await expectFailure(.rejected, path, "reading only") { try await reader.append([3]) }
            try storage.close()
            await expectFailure(.rejected, path) { try await storage.append([3]) }
            let next = try SQLiteStorage(path: path)
            #expect(try await next.records() == [[1], [2]])
        }
    }

    @Test func anotherProcessIsRefused() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/journal"
            let storage = try SQLiteStorage(path: path)
            try await storage.append([1])
            await #expect(processExitsWith: .exitCode(7)) {
                [path = path as String, holder = Int(getpid()) as Int] in
                do {
                    _ = try SQLiteStorage(path: path)
                } catch {
                    exit(Failure(error).message.contains("another Hazard (pid \(holder))") ? 7 : 8)
                }
            }
        }
    }

    /// A bound on the file's pages, and then room again.
    @Test func aFullDiskRefusesOneRecordAndNoMore() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/journal"
            let storage = try SQLiteStorage(path: path)
            try await storage.append([1])
            try storage.limit(pages: 4)
            let large = [UInt8](repeating: 7, count: 100_000)
            await expectFailure(.transient, path, "disk is full") {
                try await storage.append(large)
            }
            try await storage.append([2])
            try storage.limit(pages: 1_000_000)
            try await storage.append(large)
            #expect(try await storage.records() == [[1], [2], large])
            try storage.close()
            #expect(try await SQLiteStorage(path: path).records() == [[1], [2], large])
        }
    }

    /// The kernel refuses to let files grow (a real write error), then allows it again.
    @Test func aWriteErrorRefusesOneRecordAndNoMore() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/journal"
            await #expect(processExitsWith: .success) { [path = path as String] in
                signal(SIGXFSZ, SIG_IGN)
                let storage = try SQLiteStorage(path: path)
                var limit = rlimit()
                unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                limit.rlim_cur = 200_000
                unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                var written = 0
                let block = [UInt8](repeating: 3, count: 10_000)
                do {
                    while written < 100 {
                        try await storage.append(block)
                        written += 1
                    }
                    exit(9)
                } catch {
                    let failure = Failure(error)
                    guard failure.kind == .transient, failure.message.contains(path) else {
                        exit(8)
                    }
                }
                limit.rlim_cur = limit.rlim_max
                unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                try await storage.append([1])
                let expected = Array(repeating: block, count: written) + [[1]]
                guard written > 0, try await storage.records() == expected else { exit(7) }
            }
        }
    }

    @Test func readOnlyPlacesAreNamed() async throws {
        await expectFailure(.rejected, "/proc/hazard/journal.lock") {
            _ = try SQLiteStorage(path: "/proc/hazard/journal")
        }
        await expectFailure(.rejected, "/nonexistent/journal") {
            _ = try SQLiteStorage(path: "/nonexistent/journal")
        }
    }

    /// Another program's database stays as it is, down to its journal mode.
    @Test func foreignDatabasesAreNotChanged() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/grafana.db"
            _ = try await shell("sqlite3 '\(path)' 'CREATE TABLE dashboard (id INTEGER)'")
            let before = try FileSystem.read(path)
            await expectFailure(.rejected, path, "not a Hazard journal") {
                _ = try SQLiteStorage(path: path)
            }
            #expect(try FileSystem.read(path) == before)
            // The file format's version numbers: 1 is a rollback journal, 2 is WAL.
            #expect(before[18] == 1 && before[19] == 1)
        }
    }

    @Test func foreignFilesAreRefused() async throws {
        try await withTemporaryDirectory { directory in
            let text = directory + "/text"
            try FileSystem.writeAtomically(
                Array(repeating: UInt8(ascii: "x"), count: 8192), to: text)
            await expectFailure(.rejected, text, "damaged", "not a database") {
                _ = try SQLiteStorage(path: text)
            }
            let later = directory + "/later"
            try await Self.fill(later, 1)
            var bytes = try FileSystem.read(later)
            bytes[63] = 9  // user_version, big-endian at 60
            try FileSystem.writeAtomically(bytes, to: later)
            await expectFailure(.rejected, later, "layout 9") {
                _ = try SQLiteStorage(path: later)
            }
            bytes[68] = 1  // application_id, at 68
            try FileSystem.writeAtomically(bytes, to: later)
            await expectFailure(.rejected, later, "not a Hazard journal") {
                _ = try SQLiteStorage(path: later)
            }
        }
    }

    /// Cut to any length, the file is refused by name; it is never read as something shorter.
    @Test func tornFilesAreRefused() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/journal"
            try await Self.fill(path, 40)
            let bytes = try FileSystem.read(path)
            for part in 1..<20 {
                let torn = directory + "/torn-\(part)"
                try FileSystem.writeAtomically(
                    Array(bytes[..<(bytes.count * part / 20)]), to: torn)
                await expectFailure(.rejected, torn, "damaged") {
                    let storage = try SQLiteStorage(path: torn)
                    _ = try await storage.records()
                }
            }
        }
    }

    /// With structure bytes flipped the file is refused, or every record is still right: bytes
    /// inside a record are the journal's hash chain's business, so here records hold one known
    /// value.
    @Test func flippedBytesNeverLoseRecords() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/journal"
            let storage = try SQLiteStorage(path: path)
            for _ in 0..<200 { try await storage.append([UInt8](repeating: 5, count: 200)) }
            try storage.close()
            let bytes = try FileSystem.read(path)
            var stream = RandomStream(seed: 5)
            var refused = 0
            for round in 0..<60 {
                var damaged = bytes
                let at = stream.below(bytes.count)
                damaged[at] ^= UInt8(1 << stream.below(8))
                let copy = directory + "/copy-\(round)"
                try FileSystem.writeAtomically(damaged, to: copy)
                do {
                    let records = try await SQLiteStorage(path: copy).records()
                    #expect(records.count == 200, "byte \(at)")
                } catch {
                    let failure = Failure(error)
                    #expect(failure.kind == .rejected && failure.message.contains(copy))
                    refused += 1
                }
            }
            #expect(refused < 60)
        }
    }
}
