// The journal: append, then fold, one event at a time. It is the only state of the program; an
// event is durable before whoever recorded it goes on to act.

package import Core
package import Platform

/// The one writer of events, and the current view.
package actor Journal {
    /// Everything folded so far.
    package private(set) var state: State
    /// Why the newest append failed; nil when it worked.
    package private(set) var failure: Failure?
    /// Appends that failed in this life.
    package private(set) var appendFailures = 0

    private let storage: any Storage
    private let clock: any WallClock
    private var codec: JournalCodec
    private var lastPlannedRound: Int
    private var laneIsTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var listeners: [Int: AsyncStream<JournalEntry>.Continuation] = [:]
    private var nextListener = 0

    /// Reads every row back. A damaged journal is refused: what is after the damage cannot be
    /// trusted, and what was open at it may still be in place.
    package init(storage: any Storage, clock: any WallClock) async throws(Failure) {
        var codec = JournalCodec()
        var state = State()
        try await storage.forEachRecord { row throws(Failure) in
            do throws(Failure) {
                let entry = try codec.decode(row)
                state.apply(entry.event, sequence: entry.sequence, at: entry.at)
            } catch {
                let place = storage.path.map { " \($0)" } ?? ""
                throw Failure(
                    .rejected,
                    "the journal\(place) is damaged: \(error.message); restore it from a copy, or "
                        + "revert what may be in place (hazard revert --all) and move it away")
            }
        }
        self.storage = storage
        self.clock = clock
        self.codec = codec
        self.state = state
        lastPlannedRound = state.lastRound
    }

    /// Appends `event`, then folds it in. When this throws, nothing was recorded or folded.
    package func record(_ event: Event) async throws(Failure) {
        _ = try await record(event) { _ in nil }
    }

    /// Appends `event` unless `objection` finds a reason in the state just before it: with that, a
    /// check and the record it guards are one step. Returns the reason, nil when recorded.
    package func record(
        _ event: Event, unless objection: @Sendable (State) -> String?
    ) async throws(Failure) -> String? {
        await enterLane()
        defer { leaveLane() }
        if let reason = objection(state) { return reason }
        let instant = clock.now
        let row = try codec.encode(event, at: instant)
        do {
            try await storage.append(row)
        } catch {
            failure = error
            appendFailures += 1
            throw error
        }
        failure = nil
        codec.accept(row)
        state.apply(event, sequence: codec.sequence, at: instant)
        let entry = JournalEntry(sequence: codec.sequence, at: instant, event: event)
        for id in listeners.keys.sorted() { listeners[id]?.yield(entry) }
        return nil
    }

    /// Appends an event that a round cannot go on without: again and again while the storage fails,
    /// until the program is told to end; then a few times more. False when it was not recorded,
    /// at once when it never can be: the next life finds the round open and closes it.
    package func insist(_ event: Event, until interruption: Interruption, _ log: Log) async -> Bool
    {
        var pause = Duration.milliseconds(500)
        var last = 5
        while true {
            do throws(Failure) {
                try await record(event)
                return true
            } catch {
                log.error("the journal cannot be written (\(event.kind)): \(error.message)")
                if error.kind != .transient { return false }
            }
            if interruption.isRaised {
                last -= 1
                if last == 0 { return false }
                do throws(Failure) { try await clock.sleep(for: .milliseconds(500)) } catch {
                    return false
                }
            } else if await interruption.sleep(for: pause, on: clock) == .cancelled {
                return false
            }
            pause = min(pause * 2, .seconds(10))
        }
    }

    /// A number that no other round has.
    package func nextRound() -> Int {
        lastPlannedRound += 1
        return lastPlannedRound
    }

    /// Events from now on. A listener that falls 1,000 events behind loses the oldest.
    package func events() -> AsyncStream<JournalEntry> {
        let id = nextListener
        nextListener += 1
        let (stream, continuation) = AsyncStream.makeStream(
            of: JournalEntry.self, bufferingPolicy: .bufferingNewest(1000))
        listeners[id] = continuation
        return stream
    }

    /// Ends every stream of events.
    package func close() {
        for id in listeners.keys.sorted() { listeners[id]?.finish() }
        listeners = [:]
    }

    private func enterLane() async {
        if !laneIsTaken {
            laneIsTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leaveLane() {
        if waiting.isEmpty {
            laneIsTaken = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
