import Core
import Engine
import Platform
import Simulation
import Testing

/// The journal: the chain of hashes, and one event at a time.
@Suite struct JournalTests {
    private static func events(_ count: Int) -> [Event] {
        (0..<count).map { .blind(Blind(reason: "reason \($0)")) }
    }

    private static func filled(_ time: VirtualTime, _ count: Int) async throws -> SimulatedStorage {
        let storage = SimulatedStorage(clock: time, seed: 1)
        let journal = try await Journal(storage: storage, clock: time)
        for event in events(count) { try await journal.record(event) }
        return storage
    }

    @Test func whatWasRecordedIsReadBack() {
        inVirtualTime { time in
            let storage = try await Self.filled(time, 20)
            let journal = try await Journal(storage: storage, clock: time)
            let state = await journal.state
            #expect(state.sequence == 20)
            #expect(state.blind?.reason == "reason 19")
            var codec = JournalCodec()
            for (index, row) in storage.rows.enumerated() {
                let entry = try codec.decode(row)
                #expect(entry.sequence == index + 1)
                #expect(entry.event == Self.events(20)[index])
            }
        }
    }

    /// Rows of versions that measured nothing beside the verdict, and rows of this one.
    @Test func verdictsAreReadWithAndWithoutMeasurements() throws {
        let service = ServiceRef(namespace: "go-app", name: "db")
        let bare = Judged(round: 3, verdict: Verdict(kind: .noHarm, confidence: 0.99, text: "-"))
        var full = bare
        full.outcomes = [
            ServiceOutcome(
                service: service, signal: .badRatio, requests: 12.5, bad: 0, expected: 0.01,
                nats: 0, harmed: false, bound: 0.004)
        ]
        full.series = [
            RoundSeries(
                service: service, start: Timestamp(seconds: 1_800_000_000), window: 15,
                requests: [12.5, 0], bad: [0, 0], blind: [1], mean: 0.001, upper: 0.002)
        ]
        for judged in [bare, full] {
            let row = try JournalCodec().encode(.judged(judged), at: Timestamp(seconds: 1))
            let text = String(decoding: row, as: UTF8.self)
            #expect(text.contains("outcomes") == (judged.outcomes != nil))
            var codec = JournalCodec()
            #expect(try codec.decode(row).event == .judged(judged))
        }
    }

    /// Every byte of every row is covered.
    @Test func anyFlippedByteIsFoundAtItsRow() {
        inVirtualTime { time in
            let rows = try await Self.filled(time, 4).rows
            for row in rows.indices {
                for byte in rows[row].indices {
                    var damaged = rows
                    damaged[row][byte] ^= 0x10
                    let found = Self.damage(damaged)
                    #expect(
                        found?.hasPrefix("row \(row + 1) ") == true,
                        "row \(row + 1), byte \(byte): \(found ?? "not found")")
                }
            }
        }
    }

    private static func damage(_ rows: [[UInt8]]) -> String? {
        var codec = JournalCodec()
        do throws(Failure) {
            for row in rows { _ = try codec.decode(row) }
            return nil
        } catch { return error.message }
    }

    @Test func removedSwappedAndTornRowsAreNamed() {
        inVirtualTime { time in
            let rows = try await Self.filled(time, 6).rows
            var removed = rows
            removed.remove(at: 2)
            #expect(Self.damage(removed)?.hasPrefix("row 3 was changed, or a row before") == true)
            var swapped = rows
            swapped.swapAt(1, 2)
            #expect(Self.damage(swapped)?.hasPrefix("row 2 ") == true)
            for length in 0..<rows[5].count {
                var torn = rows
                torn[5] = Array(rows[5].prefix(length))
                #expect(Self.damage(torn)?.hasPrefix("row 6 ") == true, "\(length) bytes")
            }
            // A tail that is missing as a whole leaves a shorter history that is still true.
            #expect(Self.damage(Array(rows.prefix(5))) == nil)
        }
    }

    @Test func aDamagedJournalIsNotOpened() {
        inVirtualTime { time in
            let storage = try await Self.filled(time, 5)
            storage.damage(row: 3) { $0[70] ^= 1 }
            await #expect {
                _ = try await Journal(storage: storage, clock: time)
            } throws: { error in
                let failure = error as? Failure
                return failure?.kind == .rejected && failure?.message.contains("row 4") == true
            }
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func concurrentRecordsKeepOneLane(_ seed: UInt64) {
        inVirtualTime(seed: seed) { time in
            let storage = SimulatedStorage(clock: time, seed: seed)
            let journal = try await Journal(storage: storage, clock: time)
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try? await journal.record(.blind(Blind(reason: "\(number)")))
                    }
                }
            }
            #expect(await journal.state.sequence == 50)
            let again = try await Journal(storage: storage, clock: time)
            #expect(await again.state == journal.state)
        }
    }

    /// A check and the record that it guards are one step, whatever runs in between.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func anObjectionSeesTheStateJustBefore(_ seed: UInt64) {
        inVirtualTime(seed: seed) { time in
            let storage = SimulatedStorage(clock: time, seed: seed)
            let journal = try await Journal(storage: storage, clock: time)
            let refused = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        let reason = try? await journal.record(.halted(Halted(by: "x"))) {
                            $0.halted == nil ? nil : "halted already"
                        }
                        return reason == .some("halted already")
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(refused == 9)
            #expect(storage.rows.count == 1)
        }
    }

    @Test func aFailedAppendChangesNothing() {
        inVirtualTime { time in
            let storage = SimulatedStorage(clock: time, seed: 1)
            let journal = try await Journal(storage: storage, clock: time)
            try await journal.record(started)
            let before = await journal.state
            let stream = await journal.events()
            storage.setFull(true)
            await #expect(throws: Failure.self) {
                try await journal.record(.halted(Halted(by: "x")))
            }
            #expect(await journal.state == before)
            #expect(await journal.failure?.message.contains("no space") == true)
            #expect(await journal.appendFailures == 1)
            storage.setFull(false)
            try await journal.record(.blind(Blind(reason: "later")))
            #expect(await journal.failure == nil)
            await journal.close()
            var seen: [Int] = []
            for await entry in stream { seen.append(entry.sequence) }
            #expect(seen == [2])
            #expect(Self.damage(storage.rows) == nil)
        }
    }

    @Test func insistingOutlivesAFullDiskAndEndsWithTheProgram() {
        inVirtualTime { time in
            let storage = SimulatedStorage(clock: time, seed: 1)
            let journal = try await Journal(storage: storage, clock: time)
            let interruption = Interruption()
            storage.setFull(true)
            async let recorded = journal.insist(started, until: interruption, .silent)
            try await time.sleep(for: .seconds(30))
            storage.setFull(false)
            #expect(await recorded)
            #expect(storage.rows.count == 1)
            storage.setFull(true)
            async let lost = journal.insist(started, until: interruption, .silent)
            try await time.sleep(for: .seconds(5))
            interruption.raise("the end")
            #expect(await !lost)
            #expect(await journal.state.sequence == 1)
        }
    }
}
