// Rows of a round that the journal could not take yet. While a fault is in place nothing waits for
// the disk; the rows follow in their order, with the instants of what they tell.

import Core
import Platform

/// What one strike still owes the journal.
struct OwedRows: Sendable {
    let journal: Journal
    let clock: any WallClock
    let interruption: Interruption
    let log: Log
    private var owed: [Event] = []

    init(journal: Journal, clock: any WallClock, interruption: Interruption, log: Log) {
        self.journal = journal
        self.clock = clock
        self.interruption = interruption
        self.log = log
    }

    var areOwed: Bool { !owed.isEmpty }

    /// Writes a row, behind those that are owed, or owes it. Waits for nothing.
    mutating func note(_ event: Event) async {
        let now = clock.now
        if owed.isEmpty, await isWritten(event) { return }
        owed.append(event.told(at: now))
        await catchUp()
    }

    /// Tries each owed row once.
    mutating func catchUp() async {
        while let next = owed.first, await isWritten(next) { owed.removeFirst() }
    }

    /// Insists on what is owed. False when some of it was not recorded.
    mutating func settle() async -> Bool {
        var isComplete = true
        for event in owed where await !journal.insist(event, until: interruption, log) {
            isComplete = false
        }
        owed = []
        return isComplete
    }

    private func isWritten(_ event: Event) async -> Bool {
        do throws(Failure) {
            try await journal.record(event)
            return true
        } catch {
            log.error("the journal cannot be written (\(event.kind)): \(error.message)")
            return false
        }
    }
}

extension Event {
    /// The same with the instant of what it tells, for a row that is written later.
    fileprivate func told(at instant: Timestamp) -> Event {
        switch self {
        case .injected(let mark): .injected(RoundMark(round: mark.round, at: instant))
        case .delivered(let mark): .delivered(RoundMark(round: mark.round, at: instant))
        case .reverted(let mark): .reverted(RoundMark(round: mark.round, at: instant))
        default: self
        }
    }
}
