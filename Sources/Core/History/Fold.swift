// How each event changes the state. Pure and total: any order of events is accepted, since a
// damaged or foreign journal must not crash the program that reports it.

extension State {
    /// Folds one event in. `sequence` is its place in the journal, from 1.
    package mutating func apply(_ event: Event, sequence: Int, at instant: Timestamp) {
        self.sequence = sequence
        reach(instant)
        armed.apply(event, at: instant)
        switch event {
        case .started(let started):
            instance = started
            startedAt = instant
            stoppedInOrder = false
        case .stopped: stoppedInOrder = true
        case .policies(let loaded): policies = loaded
        case .held(let held): apply(held)
        case .planned(let planned): apply(planned, at: instant)
        case .injecting(let injecting): apply(injecting, at: instant)
        case .injected(let mark): injected(mark.round, at: mark.at ?? instant)
        case .injectionFailed(let failed): apply(failed)
        case .delivered(let mark): update(mark.round) { $0.deliveredAt = mark.at ?? instant }
        case .notDelivered(let note): update(note.round) { $0.notDelivered = note.reason }
        case .reverted(let mark): update(mark.round) { $0.revertedAt = mark.at ?? instant }
        case .revertFailed(let note):
            counters.revertFailures += 1
            update(note.round) {
                $0.revertFailures += 1
                $0.lastRevertFailure = note.reason
            }
        case .judged(let judged): apply(judged)
        case .closed(let closed): apply(closed, at: instant)
        case .anomaly(let opened): apply(opened, at: instant)
        case .recovered(let recovered): apply(recovered)
        case .unrecovered(let unrecovered):
            for index in anomalies.indices where anomalies[index].id == unrecovered.id {
                anomalies[index].unrecovered = unrecovered
            }
        case .accepted(let accepted):
            end(accepted.id) {
                $0.accepted = accepted
                $0.acceptedAt = instant
            }
        case .blind(let blind): apply(blind, at: instant)
        case .sighted(let sighted):
            if let namespace = sighted.namespace {
                blindNamespaces[namespace] = nil
            } else {
                blind = nil
                blindSince = nil
            }
        case .traced(let traced): apply(traced)
        case .alert(let alert): apply(alert, at: instant)
        case .learned(let learned):
            self.learned = learned
            tally.add(learned.sketch)
            learnedAt = instant
        case .halted(let halted): self.halted = halted
        case .resumed: halted = nil
        case .finding(let finding): apply(finding)
        case .alertCoverage(let coverage):
            alertCoverage.append(coverage)
            alertCoverage.removeFirst(max(0, alertCoverage.count - State.roundLimit))
        case .aborted(let aborted):
            update(aborted.round) {
                $0.aborted = aborted
                $0.abortedAt = instant
            }
        case .calibrated(let calibrated):
            miscalibratedSince = calibrated.isMiscalibrated ? miscalibratedSince ?? instant : nil
            miscalibrated = calibrated.isMiscalibrated ? calibrated : nil
        case .harmed, .deployed: break
        }
        learnHarm(event, at: instant)
    }

    private mutating func reach(_ instant: Timestamp) {
        if let last = lastEventAt, instant < last {
            setStrikesBack(to: instant)
            setBack(to: instant)
        }
        lastEventAt = instant
    }

    private mutating func setStrikesBack(to instant: Timestamp) {
        for workload in struckAt.keys { struckAt[workload]?.setBack(to: instant) }
        for (policy, times) in injectionTimes {
            for index in times.indices { injectionTimes[policy]?[index].setBack(to: instant) }
        }
        for index in rounds.indices { rounds[index].coolsFrom?.setBack(to: instant) }
        struckPods.setBack(to: instant)
    }

    private mutating func injected(_ number: Int, at instant: Timestamp) {
        update(number) {
            $0.injectedAt = instant
            $0.coolsFrom = StrikeTime(instant)
        }
    }

    private mutating func update(_ number: Int, _ change: (inout RoundRecord) -> Void) {
        guard let index = rounds.lastIndex(where: { $0.number == number }) else { return }
        change(&rounds[index])
    }

    private mutating func apply(_ blind: Blind, at instant: Timestamp) {
        if let namespace = blind.namespace {
            let since = blindNamespaces[namespace]?.since ?? instant
            blindNamespaces[namespace] = BlindNamespace(reason: blind.reason, since: since)
        } else {
            if self.blind == nil { blindSince = instant }
            self.blind = blind
        }
    }

    private mutating func apply(_ judged: Judged) {
        tally.add(judged)
        update(judged.round) {
            $0.verdict = judged.verdict
            $0.discovery = judged.discovery
            $0.cause = judged.cause
        }
    }

    private mutating func apply(_ traced: AnomalyTraced) {
        for index in anomalies.indices where anomalies[index].id == traced.id {
            anomalies[index].opened.anomaly.apply(traced)
        }
    }

    private mutating func apply(_ held: Held) {
        lastTicks[held.policy] = max(lastTicks[held.policy] ?? held.tick, held.tick)
        holds[held.policy] = held
        for reason in held.reasons {
            counters.holds[Counters.key(namespace(of: held.policy), reason.rawValue), default: 0] +=
                1
        }
    }

    private mutating func apply(_ planned: Planned, at instant: Timestamp) {
        lastTicks[planned.policy] = max(lastTicks[planned.policy] ?? planned.tick, planned.tick)
        holds[planned.policy] = nil
        lastRound = max(lastRound, planned.round)
        var kept = planned
        // Up to a thousand names, for `replay` alone, which reads the journal itself.
        kept.pool = nil
        rounds.append(RoundRecord(planned: kept, plannedAt: instant))
        if rounds.count > State.roundLimit,
            // What may still be in place is never forgotten.
            let oldest = rounds.firstIndex(where: { !$0.isOpen && !$0.holdsInjection })
        {
            rounds.remove(at: oldest)
        }
    }

    private mutating func apply(_ injecting: Injecting, at instant: Timestamp) {
        update(injecting.round) {
            $0.injecting = injecting
            $0.announcedAt = instant
            $0.coolsFrom = StrikeTime(instant)
        }
        var times = injectionTimes[injecting.policy] ?? []
        times.append(StrikeTime(instant))
        if times.count > 100_000 { times.removeFirst(times.count - 100_000) }
        injectionTimes[injecting.policy] = times
        if let workload = injecting.target.workload {
            struckAt[workload] = StrikeTime(instant)
        }
        let guessed = round(injecting.round)?.planned.guessedSize
        struckPods.add(injecting.target, guessed: guessed, at: instant)
        let key = Counters.key(injecting.target.namespace, injecting.fault)
        counters.injections[key, default: 0] += 1
    }

    private mutating func apply(_ failed: InjectionFailed) {
        update(failed.round) { $0.failure = failed }
        guard let round = round(failed.round) else { return }
        let key = Counters.key(
            namespace(of: round.planned.policy), round.planned.fault, failed.kind.rawValue)
        counters.injectionFailures[key, default: 0] += 1
    }

    private mutating func apply(_ closed: Closed, at instant: Timestamp) {
        update(closed.round) {
            $0.outcome = closed.outcome
            $0.closedAt = instant
        }
        guard let planned = round(closed.round)?.planned else { return }
        let key = Counters.key(
            namespace(of: planned.policy), planned.fault, closed.outcome.rawValue)
        if planned.assignment == .strike {
            counters.rounds[key, default: 0] += 1
        } else {
            counters.shams[key, default: 0] += 1
        }
    }

    private mutating func apply(_ opened: AnomalyOpened, at instant: Timestamp) {
        lastAnomaly = max(lastAnomaly, opened.id)
        var record = AnomalyRecord(opened: opened, openedAt: instant)
        record.policy = opened.round.flatMap { round($0)?.planned.policy }
        anomalies.append(record)
        let evidence = opened.anomaly.evidence
        let key = Counters.key(
            evidence.service.namespace, evidence.service.name, evidence.signal.rawValue,
            opened.isStandby == true ? "unknown" : opened.round == nil ? "false" : "true")
        counters.anomalies[key, default: 0] += 1
        guard let number = opened.round, let round = round(number), let at = round.injectedAt
        else { return }
        counters.detectionDelays[durationKey(round), default: Histogram()].observe(
            (opened.anomaly.detectedAt - at).inSeconds, round: number)
    }

    /// Moves an anomaly to those that are over.
    @discardableResult
    private mutating func end(
        _ id: Int, _ change: (inout AnomalyRecord) -> Void
    ) -> AnomalyRecord? {
        guard let index = anomalies.firstIndex(where: { $0.id == id }) else { return nil }
        var record = anomalies.remove(at: index)
        change(&record)
        record.healing = record.recovery.flatMap { record.healing($0, in: self) }
        pastAnomalies.append(record)
        pastAnomalies.removeFirst(max(0, pastAnomalies.count - State.pastAnomalyLimit))
        return record
    }

    private mutating func apply(_ recovered: AnomalyRecovered) {
        guard let record = end(recovered.id, { $0.recovery = recovered.recovery }) else { return }
        let recovery = recovered.recovery
        let key = Counters.key(
            recovery.service.namespace, recovery.service.name, recovery.signal.rawValue)
        counters.recoveries[key, default: 0] += 1
        guard let number = record.opened.round, let round = round(number) else { return }
        counters.recoveryTimes[durationKey(round), default: Histogram()].observe(
            (recovery.recoveredAt - recovery.onset).inSeconds, round: number)
        guard let healing = record.healing else { return }
        counters.repairTimes[durationKey(round), default: Histogram()].observe(
            healing.repair, round: number)
        guard let heal = healing.heal else { return }
        counters.healTimes[durationKey(round), default: Histogram()].observe(heal, round: number)
    }

    private mutating func apply(_ finding: Finding) {
        findings[finding.identity] = finding
        guard findings.count > State.findingLimit else { return }
        // Of very many, those go first that are fixed, and for longest.
        let oldest = findings.values.min {
            ($0.status == .open ? 1 : 0, $0.lastSeen, $0.identity)
                < ($1.status == .open ? 1 : 0, $1.lastSeen, $1.identity)
        }
        if let oldest { findings[oldest.identity] = nil }
    }

    private mutating func apply(_ alert: Alert, at instant: Timestamp) {
        alerts[alert.fingerprint] = alert
        let horizon = instant - .seconds(3600)
        alerts = alerts.filter { $0.value.endsAt.map { $0 >= horizon } ?? true }
    }

    private func durationKey(_ round: RoundRecord) -> String {
        Counters.key(namespace(of: round.planned.policy), round.planned.fault)
    }

    private func namespace(of policy: String) -> String {
        String(policy.prefix { $0 != "/" })
    }
}
