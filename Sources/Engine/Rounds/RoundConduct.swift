// The second half of a round: what happens after it was planned, up to its verdict.

import Core
import Platform

extension RoundRunner {
    /// Injects (unless it is a sham), watches, reverts, judges and closes.
    func carryOut(_ planned: Planned) async -> Closed.Outcome {
        guard planned.assignment == .strike else {
            return await observe(planned, injection: nil)
        }
        let fault: any Fault
        let announced: Injecting
        do {
            fault = try catalog.make(planned.fault, json: planned.parameters)
            announced = try await announce(planned, fault)
        } catch {
            return await close(planned, .failed, error)
        }
        let injection = Injection(
            announced: announced, fault: fault, cluster: cluster, journal: journal, clock: clock,
            interruption: interruption, log: log)
        let outcome = await injection.inject { await objection(to: announced) }
        switch outcome {
        case .injected:
            await insist(.injected(RoundMark(round: planned.round)))
            await tell(announced)
        case .uncertain(let reason):
            log.warning("round \(planned.round): the answer was lost (\(reason)); checking")
        case .failed(let kind, let reason):
            let failed = InjectionFailed(round: planned.round, kind: kind, reason: reason)
            await insist(.injectionFailed(failed))
            // The mark may be there: reverting removes it.
            _ = await injection.revert()
            return await close(planned, kind == .error ? .failed : .skipped, nil)
        }
        return await observe(planned, injection: injection)
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

    /// Journals what is about to happen, durable before anything is touched.
    private func announce(
        _ planned: Planned, _ fault: any Fault
    ) async throws(Failure) -> Injecting {
        let undo = try await fault.undo(for: planned.target, in: cluster)
        guard let token = await leadership.token() else {
            throw Failure(.transient, "leadership was lost before the injection")
        }
        let allowance = Injection.deliveryTime + .seconds(30)
        let announced = Injecting(
            round: planned.round, policy: planned.policy, target: planned.target,
            fault: planned.fault, parameters: planned.parameters, undo: undo,
            deadline: clock.now + fault.duration + allowance, fencingToken: token)
        try await journal.record(.injecting(announced))
        return announced
    }

    /// The last look before acting: the window, leadership, the kill switch, the end of the
    /// program.
    private func objection(to announced: Injecting) async -> String? {
        if let reason = interruption.reason { return reason }
        if let halted = await journal.state.halted { return "halted by \(halted.by)" }
        if case .closed(let reason, _) = policy.schedule.isOpen(at: clock.now) {
            return "the window closed: \(reason)"
        }
        guard let token = await leadership.token(), token == announced.fencingToken else {
            return "leadership was lost"
        }
        return nil
    }

    /// Checks delivery, watches, reverts and judges. A sham passes through the same steps.
    private func observe(_ planned: Planned, injection: Injection?) async -> Closed.Outcome {
        let start = clock.uptime
        await watch.begin(planned, at: clock.now)
        var notDelivered: String?
        if let injection {
            switch await injection.delivery() {
            case .notDelivered(let reason):
                notDelivered = reason
                let note = RoundNote(round: planned.round, reason: reason)
                await insist(.notDelivered(note))
            case .delivered, .pending:
                await insist(.delivered(RoundMark(round: planned.round)))
            }
            if notDelivered == nil { await stay(planned, injection, since: start) }
            if await !injection.revert() {
                log.error("round \(planned.round) could not be reverted yet; it is tried again")
            }
        }
        var interrupted: String?
        if notDelivered == nil {
            let rest = policy.judge.observe - (clock.uptime - start)
            if rest > .zero, await interruption.sleep(for: rest, on: clock) != .elapsed {
                interrupted = interruption.reason ?? "cancelled"
            }
            // The window that holds the round's last seconds closes one interval later.
            if interrupted == nil {
                _ = await interruption.sleep(for: await watch.settleTime, on: clock)
            }
        }
        let verdict = await watch.end(
            planned.round, notDelivered: notDelivered, interrupted: interrupted)
        await insist(.judged(Judged(round: planned.round, verdict: verdict)))
        let outcome = interrupted == nil ? Closed.Outcome(verdict.kind) : .interrupted
        return await close(planned, outcome, nil)
    }

    /// Keeps a lasting fault in place for its duration, unless users are harmed or an end is asked
    /// for.
    private func stay(_ planned: Planned, _ injection: Injection, since start: Duration) async {
        let step = await watch.interval
        while clock.uptime - start < injection.fault.duration {
            if await watch.isHarmed(planned.round) {
                log.warning("round \(planned.round): users are harmed; reverting early")
                return
            }
            let left = injection.fault.duration - (clock.uptime - start)
            if await interruption.sleep(for: min(step, left), on: clock) != .elapsed { return }
        }
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
    private func insist(_ event: Event) async {
        _ = await journal.insist(event, until: interruption, log)
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
