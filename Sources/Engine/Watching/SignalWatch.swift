// The loop that reads the signals, hands them to the judge and journals what it says. It holds the
// judge; rounds ask it for verdicts. It never waits for a round.

package import Core
package import Platform

/// The one holder of the judge.
package actor SignalWatch {
    var judge: Judge
    let source: any SignalSource
    let journal: Journal
    let leadership: any Leadership
    let clock: any WallClock
    let interruption: Interruption
    let log: Log
    var namespaces: [String] = []
    var isConfigured = false
    /// Nobody else watches by the same journal.
    var isWhole = true
    /// What the armed signals are counted from.
    var metrics: [String]
    var queries: [SignalQuery] = []
    var lastReading: Timestamp?
    /// Up to which instant the samples read so far are complete; nil before the first reading.
    package internal(set) var completeUntil: Timestamp?
    /// When this life began to watch.
    var bornAt: Timestamp?
    var sketchedAt = Duration.zero
    var isSketched = false
    /// Namespaces that a journaled sketch knows.
    var sketched: Set<String> = []
    /// Windows seen since each namespace is watched.
    var watched: [String: Int] = [:]
    var hasHistory = false
    /// What each policy of a namespace grants.
    var judgeTimes: [String: [JudgeTimes]] = [:]
    /// How long the rounds of each policy are watched.
    var observeTimes: [String: Duration] = [:]
    var snapshot: @Sendable () async -> Snapshot? = { nil }
    private var meter = HarmMeter()
    /// Namespaces with a budget of failed requests.
    var limited: Set<String> = []
    /// Rollouts that are journaled and that the judge was not told of yet.
    private var rollouts: [(workloads: Set<WorkloadRef>, at: Timestamp)] = []
    /// What earlier lives and the source's memory taught was taken up, and a reading followed.
    private var isSettled = false
    /// What the watch was configured with.
    var policies: [Policy] = []
    /// Policies that are gone while a round of theirs may be open.
    var retired: [Policy] = []
    /// The namespaces and metrics that the newest question was about; nil before the first.
    var asked: (namespaces: [String], metrics: [String])?
    /// Something is not watched any more, or not yet.
    var isWatchNew = false

    /// Why the signals cannot be trusted now; nil when they can. Blind until the first reading.
    package internal(set) var blindReason: String? = "no reading yet"
    /// Readings that failed in a row, and the newest failure.
    package internal(set) var failures = 0
    package internal(set) var lastFailure: Failure?
    /// What was wrong with the last reading that came, in sentences.
    package private(set) var problems: [String] = []

    /// Nothing is learned while `leadership` is another instance's.
    package init(
        judge: Judge, source: any SignalSource, journal: Journal,
        leadership: any Leadership = SoleLeadership(), clock: any WallClock,
        interruption: Interruption, log: Log
    ) {
        self.judge = judge
        metrics = Signal.metrics(of: judge.settings.signals)
        self.source = source
        self.journal = journal
        self.leadership = leadership
        self.clock = clock
        self.interruption = interruption
        self.log = log
    }

    /// The judge's window.
    package var interval: Duration { source.interval }
    /// How long after a window's end its samples are all here.
    package var settleTime: Duration { source.interval * 2 }

    /// Reads until the program ends. What an earlier life learned is taken up first.
    package func run() async {
        await restore()
        while !interruption.isRaised, !Task.isCancelled {
            let start = clock.uptime
            await tick()
            let rest = source.interval - (clock.uptime - start)
            if await interruption.sleep(for: max(rest, .milliseconds(50)), on: clock) != .elapsed {
                break
            }
        }
        await keepLearned(force: true)
    }

    /// One reading, and everything that follows from it. While no policy is known nothing is read:
    /// a question about no namespace would be about all of them.
    package func tick() async {
        await releaseRetired()
        guard isConfigured, !namespaces.isEmpty else { return await rest() }
        await learnFromHistory()
        let hasTakenUp = hasHistory
        startAnewIfSetBack()
        await chooseWindows()
        await judge.resume(journal.state.tally)
        await adoptForgotten()
        // Nothing is awaited from here to the question.
        takeUpWatch()
        let now = clock.now
        let since = max(lastReading ?? .earliest, now - source.interval * 8)
        let question = Question(
            namespaces: namespaces, metrics: metrics, since: since, until: now,
            queries: queries)
        var outputs: [JudgeOutput] = []
        do throws(Failure) {
            let reading = try await source.read(question)
            if failures > 1 { log.info("the signals are read again") }
            failures = 0
            lastFailure = nil
            completeUntil = reading.completeUntil
            lastReading = max(since, reading.completeUntil - source.interval)
            await askWhoRuns(reading)
            outputs = judge.observe(reading, now: clock.now)
            isSettled = isSettled || hasTakenUp
            tellRollouts()
            noteProblems()
        } catch {
            if error.kind == .cancelled { return }
            failures += 1
            lastFailure = error
            // Once is ordinary: right after the start nothing has been scraped yet.
            if failures == 2 { log.warning("the signals were not read: \(error.message)") }
            outputs = judge.unreadable(reason: error.message, now: clock.now)
            outputs += await firstBlindness(error)
        }
        for case .window(let window) in outputs where window.blind == nil {
            for namespace in namespaces { watched[namespace, default: 0] += 1 }
        }
        await countFailures(outputs)
        await record(outputs)
        await openMissing()
        await endUnwatched()
        await recordSight()
        await recordTraces()
        await checkRecoveryTimes()
        await checkCalibration()
        await updateAlerts()
        await lookForRollouts()
        await keepLearned()
    }

    /// Windows follow the wall clock. When it was set back by more than a few of them, none would
    /// end until it shows the old time again, which may take days: the judge begins anew, as after
    /// a restart, with what it had learned. Rounds under way are void.
    private func startAnewIfSetBack() {
        let now = clock.now
        guard let reached = completeUntil, now < reached - source.interval * 4 else { return }
        log.warning(
            "the wall clock was set back by \((reached - now).human): judging begins anew, with "
                + "what was learned")
        startAnew("no reading yet since the wall clock was set back")
    }

    /// Logs what is newly wrong with the readings, and when nothing is any more.
    private func noteProblems() {
        let known = Set(problems)
        for problem in judge.problems where !known.contains(problem) { log.warning(problem) }
        if judge.problems.isEmpty, !known.isEmpty { log.info("the readings are in order again") }
        problems = judge.problems
    }

    /// Anomalies that the judge sees and the journal does not know: it could not be written when
    /// they began.
    private func openMissing() async {
        for anomaly in judge.current {
            do throws(Failure) { try await open(anomaly) } catch {
                log.error("the journal cannot be written: \(error.message)")
                return
            }
        }
    }

    private func record(_ outputs: [JudgeOutput]) async {
        for output in outputs {
            do throws(Failure) {
                switch output {
                case .window(let summary):
                    if summary.blind == nil { try await see(again: summary.end) }
                case .anomaly(let anomaly): try await open(anomaly)
                case .recovery(let recovery): try await end(recovery)
                case .blind(_, let reason):
                    blindReason = reason
                    log.warning("the signals cannot be read: \(reason)")
                    try await journal.record(.blind(Blind(reason: reason)))
                case .sighted(let at): try await see(again: at)
                }
            } catch {
                log.error("the journal cannot be written: \(error.message)")
            }
        }
    }

    /// Ends the blindness that the journal knows of. It may be that of an earlier life, of which
    /// this life's judge says nothing.
    private func see(again instant: Timestamp) async throws(Failure) {
        blindReason = nil
        guard let since = await journal.state.blindSince else { return }
        let after = (instant - since).inSeconds
        try await journal.record(.sighted(Sighted(after: max(0, after))))
    }

    private func open(_ anomaly: Anomaly) async throws(Failure) {
        let state = await journal.state
        let known = state.anomalies.contains {
            $0.service == anomaly.evidence.service && $0.signal == anomaly.evidence.signal
        }
        if known { return }
        let cause = Cause(of: anomaly, in: state, interval: source.interval)
        var opened = AnomalyOpened(
            id: state.lastAnomaly + 1, anomaly: anomaly, round: cause.round, cause: cause.text,
            attribution: attribution(of: anomaly, to: cause.round, in: state))
        if cause.round == nil, judge.mayBeForeign(anomaly.onset) {
            opened.isStandby = true
            opened.cause = "another instance led at its onset; its journal knows its strikes"
        }
        try await journal.record(.anomaly(opened))
    }

    private func end(_ recovery: Recovery) async throws(Failure) {
        let state = await journal.state
        for record in state.anomalies
        where record.service == recovery.service && record.signal == recovery.signal {
            try await journal.record(
                .recovered(AnomalyRecovered(id: record.id, recovery: recovery)))
        }
    }

    private func patience(_ record: AnomalyRecord, _ state: State) -> Patience {
        state.patience(record, judgeTimes[record.service.namespace] ?? [])
    }

    /// Anomalies that outlived their namespace's recovery time get their finding.
    private func checkRecoveryTimes() async {
        let state = await journal.state
        let now = clock.now
        let overdue = state.anomalies.filter { record in
            guard record.unrecovered == nil, record.opened.anomaly.mustRecover else { return false }
            return now - record.clockStart(in: state) >= patience(record, state).time
        }
        if overdue.isEmpty { return }
        let seen = await snapshot()
        for record in overdue {
            var latest = record
            if let current = judge.current.first(where: {
                $0.evidence.service == record.service && $0.evidence.signal == record.signal
            }) {
                latest.opened.anomaly.evidence = current.evidence
                if let edge = current.brokenEdge {
                    latest.opened.anomaly.brokenEdge = edge
                    latest.opened.anomaly.flags = current.flags
                }
            }
            var finding = unrecoveredFinding(latest, snapshot: seen, state: state, now: now)
            if let reason = patience(record, state).reason { finding += "; " + reason }
            do throws(Failure) {
                try await journal.record(
                    .unrecovered(AnomalyUnrecovered(id: record.id, finding: finding)))
            } catch {
                log.error("the journal cannot be written: \(error.message)")
            }
        }
    }

    /// Journals every alert that should start, change or end now.
    package func updateAlerts() async {
        let state = await journal.state
        for alert in AlertBook.changes(state, now: clock.now) {
            let known = state.alerts[alert.fingerprint]
            do throws(Failure) {
                // Whoever else is here at the same time may have journaled it.
                _ = try await journal.record(.alert(alert)) { state in
                    state.alerts[alert.fingerprint] == known ? nil : "changed meanwhile"
                }
            } catch {
                log.error("alert \(alert.name.rawValue) was not journaled: \(error.message)")
            }
        }
    }

    // MARK: Acceptance

    /// Ends anomalies because a person says that what is now is normal; their levels are learned
    /// anew. Returns what was accepted. Rejected when the request means none, and then nothing
    /// changed; transient when the journal failed, and then some may be accepted.
    package func accept(_ request: AcceptanceRequest) async throws(Failure) -> [AnomalyRecord] {
        let (records, refusal) = await journal.state.anomalies(meant: request)
        if let refusal { throw Failure(.rejected, refusal) }
        for record in records {
            let current = judge.current.first {
                $0.evidence.service == record.service && $0.evidence.signal == record.signal
            }
            let excess = (current ?? record.opened.anomaly).evidence.excess
            let accepted = Accepted(
                id: record.id, by: request.by, reason: request.reason, excess: excess)
            let isOver = try await journal.record(.accepted(accepted)) { state in
                state.anomalies.contains { $0.id == record.id } ? nil : "it recovered meanwhile"
            }
            if isOver == nil { _ = judge.accept(record.service, record.signal, at: clock.now) }
        }
        await updateAlerts()
        // A life that is killed now must not find the old level in force again.
        await keepLearned(force: true)
        return records
    }

    // MARK: Rollouts

    /// Compares what runs with what the journal knows, in every namespace that is watched.
    private func lookForRollouts() async {
        guard !namespaces.isEmpty, let seen = await snapshot() else { return }
        for namespace in namespaces { await noteDeployed(seen, in: namespace) }
    }

    /// Journals pod templates of `namespace` that the journal does not know yet. Services of
    /// workloads that now run something else learn their level anew: once, for the journal
    /// remembers it. What was rolled out while nobody watched counts from the beginning of this
    /// life. When the journal fails, it is found again.
    package func noteDeployed(_ seen: Snapshot, in namespace: String) async {
        guard let deployed = await journal.state.deployed(in: namespace, now: seen) else { return }
        do throws(Failure) {
            let known = try await journal.record(.deployed(deployed)) { state in
                state.deployed(in: namespace, now: seen) == deployed ? nil : "noted meanwhile"
            }
            if known != nil { return }
        } catch {
            log.error("the journal cannot be written: \(error.message)")
            return
        }
        guard let rolledOut = deployed.rolledOut, !rolledOut.isEmpty else { return }
        let names = rolledOut.map(\.name).joined(separator: ", ")
        log.info("rolled out in \(namespace): \(names); their services learn their level anew")
        let now = clock.now
        let since = max(deployed.since ?? now, bornAt ?? now)
        rollouts.append((Set(rolledOut), min(since, now)))
        tellRollouts()
    }

    /// Tells the judge, once a reading of this life has shown which services the workloads answer
    /// for; before, a sketch of an earlier life may still replace what it knows.
    private func tellRollouts() {
        guard isSettled else { return }
        for rollout in rollouts { judge.rolledOut(rollout.workloads, at: rollout.at) }
        rollouts = []
    }

    /// Whether the namespace has traffic, and the baselines of all its services are ready. One
    /// that learns anew after a rollout still has its old level, against which rounds test for
    /// gross harm and claim no more (`RoundProcess.bound`): it holds nobody.
    package func isWarm(_ namespace: String) -> Bool {
        // A service that hardly anybody uses cannot be learned, and must not hold the others for
        // ever.
        let mine = judge.learned.filter {
            $0.service.namespace == namespace && $0.isObservable && !$0.service.isQuery
        }
        return !mine.isEmpty && mine.allSatisfy { $0.ready || $0.isRelearning }
    }

    /// How long a strike may still show after it, at least.
    package var washout: Duration { judge.settings.washout }

    /// Why no round of the namespace could show anything: its services have too few requests. Nil
    /// when one could, and while that is not known.
    package func scantTraffic(_ namespace: String) -> String? {
        if isWarm(namespace) { return nil }
        return judge.scantTraffic(in: namespace, watched: watched[namespace] ?? 0)
    }

    /// What a round of `policy` could show of each service if it began now.
    package func foreseen(_ policy: Policy) -> [ForeseenPower] {
        judge.foreseen(in: policy.namespace, observe: policy.judge.observe)
    }

    /// The judge's view of every service.
    package var services: [ServiceStatus] { judge.statuses }

    package func begin(_ planned: Planned, at instant: Timestamp) {
        if planned.assignment == .strike { meter.begin(planned.round) }
        judge.beginRound(
            id: planned.round, policy: planned.policy, at: instant,
            namespaces: [planned.target.namespace], target: planned.target.workload,
            sham: planned.assignment != .strike)
    }

    /// Whether the judge knows a round: not when it began anew while the round ran.
    package func isJudging(_ round: Int) -> Bool { judge.knows(round: round) }

    /// Whether a running round has shown harm so far.
    package func isHarmed(_ round: Int) -> Bool { !judge.harmSoFar(round: round).isEmpty }

    /// What was seen of a round, for findings; nil when the judge does not know it (any more).
    package func signs(of round: Int) -> RoundSigns? { judge.signs(round: round) }

    /// Ends the test of a round. `notDelivered` and `interrupted` say why nothing was tested.
    /// The verdict comes with what was measured.
    package func end(_ round: Int, notDelivered: String?, interrupted: String?) -> Judged {
        meter.end(round)
        let verdict = judge.endRound(
            id: round, at: clock.now, delivered: notDelivered == nil, void: interrupted)
        return judge.judged(round: round, verdict)
    }

    /// What hit services outside the reach of a running round's target; nil when nothing did.
    package func externalIncident(_ round: Int) -> ExternalIncident? {
        judge.externalIncident(round: round)
    }

    /// Journals failures of running strikes, and of anomalies that outlive theirs.
    private func countFailures(_ outputs: [JudgeOutput]) async {
        if limited.isEmpty { return }
        var lasting: [HarmMeter.Source: Double] = [:]
        for evidence in judge.current.map(\.evidence) {
            lasting[HarmMeter.Source(evidence.service, evidence.signal)] = evidence.excess
        }
        for case .recovery(let recovery) in outputs {
            lasting[HarmMeter.Source(recovery.service, recovery.signal)] = recovery.excess
        }
        let state = await journal.state
        let increments = meter.increments(
            state, in: limited, rounds: { [judge] in judge.excessSoFar(round: $0) },
            anomalies: lasting)
        for harmed in increments {
            do throws(Failure) { try await journal.record(.harmed(harmed)) } catch {
                log.error("failed requests were not journaled: \(error.message)")
            }
        }
    }

    /// Journals when sham rounds begin or cease to say that the judge errs too often.
    private func checkCalibration() async {
        let alpha = judge.settings.roundAlpha
        let isMiscalibrated = judge.shams.isMiscalibrated(alpha: alpha)
        if await (journal.state.miscalibrated != nil) == isMiscalibrated { return }
        let calibrated = Calibrated(
            isMiscalibrated: isMiscalibrated, shams: judge.shams.shams,
            blamed: judge.shams.blamed, alpha: alpha)
        do throws(Failure) { try await journal.record(.calibrated(calibrated)) } catch {
            log.error("the calibration was not journaled: \(error.message)")
        }
    }
}
