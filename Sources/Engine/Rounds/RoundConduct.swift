// The second half of a round: what happens after it was planned, up to its verdict.

import Core
import Platform

extension RoundRunner {
    /// Injects (unless it is a sham), watches, reverts, judges and closes.
    func carryOut(_ planned: Planned) async -> Closed.Outcome {
        guard planned.assignment == .strike else {
            await watch.begin(planned, at: clock.now)
            return await observe(planned)
        }
        let fault: any Fault
        let announced: Injecting
        do {
            fault = try catalog.make(planned.fault, json: planned.parameters)
            announced = try await announcement(planned, fault)
            // Durable before anything is touched.
            if let reason = try await record(announced, planned: planned) {
                let withdrawn = InjectionFailed(
                    round: planned.round, kind: .withdrawn, reason: reason)
                await insist(.injectionFailed(withdrawn))
                return await close(planned, .skipped, nil)
            }
        } catch {
            return await close(planned, .failed, error)
        }
        let injection = Injection(
            announced: announced, fault: fault, cluster: cluster, journal: journal, clock: clock,
            interruption: interruption, log: log)
        var rows = OwedRows(journal: journal, clock: clock, interruption: interruption, log: log)
        let act = clock.now
        let outcome = await injection.inject { await objection(to: announced) }
        switch outcome {
        case .injected:
            // The judge counts from the act on, whatever becomes of the journal.
            await watch.begin(planned, at: act)
            await rows.note(.injected(RoundMark(round: planned.round)))
            await tell(announced)
        case .uncertain(let reason):
            await watch.begin(planned, at: act)
            log.warning("round \(planned.round): the answer was lost (\(reason)); checking")
        case .failed(let kind, let reason):
            let failed = InjectionFailed(round: planned.round, kind: kind, reason: reason)
            await insist(.injectionFailed(failed))
            // The mark may be there: reverting removes it.
            _ = await injection.revert()
            return await close(planned, kind == .error ? .failed : .skipped, nil)
        }
        return await observe(planned, injection: injection, rows)
    }

    /// Leaves a Kubernetes Event on the target, for whoever looks there first. Best effort.
    private func tell(_ announced: Injecting) async {
        let note = ClusterEvent(
            type: "Warning", reason: "HazardInjected",
            message: "round \(announced.round) of policy \(announced.policy): \(announced.fault)")
        do throws(Failure) {
            try await cluster.recordEvent(note, about: announced.target)
        } catch {
            log.warning("no Kubernetes Event was written: \(error.message)")
        }
    }

    /// What is about to happen, to be journaled before anything is touched.
    private func announcement(
        _ planned: Planned, _ fault: any Fault
    ) async throws(Failure) -> Injecting {
        let undo = try await fault.undo(for: planned.target, in: cluster)
        guard let token = await leadership.token() else {
            throw Failure(.transient, "leadership was lost before the injection")
        }
        let allowance = Injection.deliveryTime + .seconds(30)
        return Injecting(
            round: planned.round, policy: planned.policy, target: planned.target,
            fault: planned.fault, parameters: planned.parameters, undo: undo,
            deadline: clock.now + fault.duration + allowance, fencingToken: token,
            lasts: fault.duration.inSeconds)
    }

    /// The last look before acting: the limits on a live reading, then what may change while that
    /// was read: the window, leadership, the kill switch, the end of the policy or the program, and
    /// what is seen of the namespace.
    private func objection(to announced: Injecting) async -> String? {
        if let reason = await limitObjection(to: announced) { return reason }
        if let reason = interruption.reason { return reason }
        if retired?.isRaised ?? false { return "the policy was replaced or removed" }
        if let halted = await journal.state.halted { return "halted by \(halted.by)" }
        if let reason = await sightObjection() { return reason }
        if case .closed(let reason, _) = policy.schedule.isOpen(at: clock.now) {
            return "the window closed: \(reason)"
        }
        guard let token = await leadership.token(), token == announced.fencingToken else {
            return "leadership was lost"
        }
        return nil
    }

    /// What the gate says by now of the namespace's anomalies and of its signals.
    private func sightObjection() async -> String? {
        let input = GateInput(
            openness: .open, isLeader: true, snapshot: nil,
            blindReason: await watch.blindReason(for: policy.namespace), isWarm: true)
        let asked: Set<HoldReason> = [.alertFiring, .unrecovered, .blind]
        let found = holds(input, policy: policy, state: await journal.state, now: clock.now)
        return found.first { asked.contains($0.reason) }?.text
    }

    /// Checks delivery, watches, reverts and judges. A sham passes through the same steps.
    private func observe(
        _ planned: Planned, injection: Injection? = nil, _ owed: OwedRows? = nil
    ) async -> Closed.Outcome {
        let start = clock.uptime
        var token = injection?.announced.fencingToken
        if token == nil { token = await leadership.token() }
        var notDelivered: String?
        var ending = Ending.over
        if let injection {
            var rows =
                owed
                ?? OwedRows(journal: journal, clock: clock, interruption: interruption, log: log)
            switch await injection.delivery() {
            case .notDelivered(let reason):
                notDelivered = reason
                await rows.note(.notDelivered(RoundNote(round: planned.round, reason: reason)))
            case .delivered, .pending:
                await rows.note(.delivered(RoundMark(round: planned.round)))
            }
            if notDelivered == nil {
                ending = await stay(planned, injection, &rows, token, since: start)
            }
            if await !injection.revert(&rows) {
                log.error("round \(planned.round) could not be reverted yet; it is tried again")
            }
            _ = await rows.settle()
        }
        if notDelivered == nil, case .over = ending {
            ending = await attend(planned, token, since: start)
        }
        var interrupted: String?
        switch ending {
        case .over: break
        case .interrupted(let reason): interrupted = reason
        case .aborted(let aborted): await insist(.aborted(aborted))
        }
        let judged = await watch.end(
            planned.round, notDelivered: notDelivered, interrupted: interrupted)
        var outcome = Closed.Outcome(judged.verdict.kind)
        // What the journal does not know was not shown.
        if await !insist(.judged(judged)) { outcome = .void }
        if interrupted != nil { outcome = .interrupted }
        return await close(planned, outcome, nil)
    }

    /// How a part of a round ended: as it should, or so that the rest must not follow.
    private enum Ending { case over, interrupted(String), aborted(Aborted) }

    /// Keeps a lasting fault in place for its duration, unless users are harmed, the round must end
    /// (and then why), an end is asked for, or the journal cannot be written.
    private func stay(
        _ planned: Planned, _ injection: Injection, _ rows: inout OwedRows, _ token: Int?,
        since start: Duration
    ) async -> Ending {
        let step = await watch.interval
        while clock.uptime - start < injection.fault.duration {
            if let aborted = await abortion(of: planned) { return .aborted(aborted) }
            if let reason = await loss(of: token) { return .interrupted(reason) }
            if await watch.isHarmed(planned.round) {
                log.warning("round \(planned.round): users are harmed; reverting early")
                return .over
            }
            await rows.catchUp()
            if rows.areOwed {
                // What it costs could not be journaled either, so no budget would end it.
                log.warning("round \(planned.round): the journal is failing; reverting early")
                return .over
            }
            let left = injection.fault.duration - (clock.uptime - start)
            if await interruption.sleep(for: min(step, left), on: clock) != .elapsed {
                return .over
            }
        }
        return .over
    }

    /// Watches for the rest of the round, and until its last windows are closed.
    private func attend(
        _ planned: Planned, _ token: Int?, since start: Duration
    ) async -> Ending {
        let step = await watch.interval
        while true {
            if let aborted = await abortion(of: planned) { return .aborted(aborted) }
            if let reason = await loss(of: token) { return .interrupted(reason) }
            let left = policy.judge.observe - (clock.uptime - start)
            if left <= .zero { break }
            if await interruption.sleep(for: min(step, left), on: clock) != .elapsed {
                return .interrupted(interruption.reason ?? "cancelled")
            }
        }
        // The window that holds the round's last seconds closes one interval later.
        _ = await interruption.sleep(for: await watch.settleTime, on: clock)
        return await loss(of: token).map { .interrupted($0) } ?? .over
    }

    /// Why a round may not be the only one any more that strikes; nil while the leadership is the
    /// one that it began with.
    private func loss(of token: Int?) async -> String? {
        if let token, await leadership.token() == token { return nil }
        return "leadership was lost: another instance may strike"
    }

    private func close(
        _ planned: Planned, _ outcome: Closed.Outcome, _ error: (any Error)?
    ) async -> Closed.Outcome {
        if let error {
            let reason = (error as? Failure)?.message ?? "\(error)"
            let failed = InjectionFailed(round: planned.round, kind: .error, reason: reason)
            await insist(.injectionFailed(failed))
        }
        await insist(.closed(Closed(round: planned.round, outcome: outcome)))
        return outcome
    }

    /// What a round has done must be in the journal before it goes on: a full disk stops it here.
    @discardableResult
    private func insist(_ event: Event) async -> Bool {
        await journal.insist(event, until: interruption, log)
    }
}

extension Closed.Outcome {
    init(_ kind: Verdict.Kind) {
        switch kind {
        case .harm: self = .harm
        case .noHarm: self = .noHarm
        case .inconclusive: self = .inconclusive
        case .notDelivered: self = .notDelivered
        case .void: self = .void
        }
    }
}
