// What a new life of the program does first, and then now and again: revert every injection that
// nobody tends, from the journal and from the marks on the cluster's objects, and close its round.

import Core
package import Platform

/// Reverts what was left behind.
package struct Sweep: Sendable {
    private let cluster: any Cluster
    private let catalog: FaultCatalog
    private let journal: Journal
    private let clock: any WallClock
    private let interruption: Interruption
    private let log: Log

    package init(
        cluster: any Cluster, catalog: FaultCatalog, journal: Journal, clock: any WallClock,
        interruption: Interruption, log: Log
    ) {
        self.cluster = cluster
        self.catalog = catalog
        self.journal = journal
        self.clock = clock
        self.interruption = interruption
        self.log = log
    }

    /// What one sweep came to.
    package struct Result: Sendable, Hashable {
        /// Rounds whose injection is gone now.
        package var reverted: [Int] = []
        /// Why others are still in place.
        package var failures: [String] = []
        package init() {}
    }

    /// After a start, before the first tick: everything that is open belongs to an earlier life.
    package func recover() async -> Result {
        let state = await journal.state
        var result = Result()
        for round in state.rounds where round.holdsInjection {
            await revert(round, into: &result)
        }
        await revertMarks(sparing: false, into: &result)
        for round in state.openRounds {
            let outcome = outcome(of: round)
            do throws(Failure) {
                try await journal.record(.closed(Closed(round: round.number, outcome: outcome)))
            } catch {
                result.failures.append("round \(round.number): \(error.message)")
            }
        }
        return result
    }

    /// While running: injections of closed rounds, and marks whose deadline has passed.
    package func run(leads: Bool) async -> Result {
        let state = await journal.state
        var result = Result()
        for round in state.rounds where round.holdsInjection && !round.isOpen {
            await revert(round, into: &result)
        }
        // A standby leaves the marks of others to the leader.
        guard leads else { return result }
        await revertMarks(sparing: true, into: &result)
        return result
    }

    /// How a round ended whose life of the program did. A verdict that is in the journal stands.
    private func outcome(of round: RoundRecord) -> Closed.Outcome {
        if let verdict = round.verdict { return Closed.Outcome(verdict.kind) }
        return round.injecting == nil ? .void : .interrupted
    }

    private func revert(_ round: RoundRecord, into result: inout Result) async {
        guard let announced = round.injecting else { return }
        do {
            let fault = try catalog.make(announced.fault, json: announced.parameters)
            let injection = Injection(
                announced: announced, fault: fault, cluster: cluster, journal: journal,
                clock: clock, interruption: interruption, log: log)
            if await injection.revert() {
                result.reverted.append(round.number)
                log.info("reverted what round \(round.number) left on \(announced.target)")
            } else {
                result.failures.append("round \(round.number): could not be reverted yet")
            }
        } catch {
            result.failures.append("round \(round.number): \(error)")
        }
    }

    /// Marks on objects. With `sparing`, those of rounds that are open by now are left alone:
    /// somebody tends them. A mark of another journal is left alone until its deadline: its owner
    /// may be alive.
    private func revertMarks(sparing: Bool, into result: inout Result) async {
        let snapshot: Snapshot
        do throws(Failure) {
            snapshot = try await cluster.snapshot()
        } catch {
            result.failures.append("marks could not be read: \(error.message)")
            return
        }
        let state = await journal.state
        for index in snapshot.pods.indices {
            guard let text = snapshot.pods[index].mark else { continue }
            let target = snapshot.target(index)
            guard let mark = InjectionMark(text: text) else {
                log.warning("\(target) carries a mark that cannot be read; remove it by hand")
                continue
            }
            let round = state.round(mark.round)
            let known = round?.injecting
            let isOurs = known?.target.uid == target.uid && known?.policy == mark.policy
            if isOurs, sparing, round?.isOpen == true { continue }
            if !isOurs && clock.now < mark.deadline { continue }
            do {
                let fault = try catalog.make(mark.fault, json: mark.parameters)
                try await fault.revert(target, undo: mark.undo, in: cluster)
                result.reverted.append(mark.round)
                log.info("reverted the mark of round \(mark.round) on \(target)")
            } catch {
                result.failures.append("\(target): \(error)")
            }
        }
    }
}
