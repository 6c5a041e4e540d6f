// The loop that reads the signals, hands them to the judge and journals what it says. It holds the
// judge; rounds ask it for verdicts. It never waits for a round.

package import Core
package import Platform

/// The one holder of the judge.
package actor SignalWatch {
    private var judge: Judge
    private let source: any SignalSource
    private let journal: Journal
    private let clock: any WallClock
    private let interruption: Interruption
    private let log: Log
    private var namespaces: [String] = []
    private var lastReading: Timestamp?
    /// Up to which instant the samples read so far are complete; nil before the first reading.
    package private(set) var completeUntil: Timestamp?
    /// When this life began to watch.
    private var bornAt: Timestamp?
    private var sketchedAt = Duration.zero
    private var isSketched = false
    private var recoveryTimes: [String: Duration] = [:]
    private var snapshot: @Sendable () async -> Snapshot? = { nil }

    /// Why the signals cannot be trusted now; nil when they can. Blind until the first reading.
    package private(set) var blindReason: String? = "no reading yet"
    /// Readings that failed in a row, and the newest failure.
    package private(set) var failures = 0
    package private(set) var lastFailure: Failure?

    package init(
        judge: Judge, source: any SignalSource, journal: Journal, clock: any WallClock,
        interruption: Interruption, log: Log
    ) {
        self.judge = judge
        self.source = source
        self.journal = journal
        self.clock = clock
        self.interruption = interruption
        self.log = log
    }

    /// The judge's window.
    package var interval: Duration { source.interval }
    /// How long after a window's end its samples are all here.
    package var settleTime: Duration { source.interval * 2 }

    /// Which namespaces are watched, how long a service of each may take to recover, and how to see
    /// the cluster for findings.
    package func configure(
        _ policies: [Policy], snapshot: @escaping @Sendable () async -> Snapshot?
    ) {
        let wanted = Set(policies.map(\.namespace)).sorted()
        // The lifetime counters of a namespace that is new must not count as one increment.
        if wanted != namespaces { judge.questionChanged() }
        namespaces = wanted
        recoveryTimes = [:]
        for policy in policies {
            let known = recoveryTimes[policy.namespace] ?? policy.judge.recovery
            recoveryTimes[policy.namespace] = min(known, policy.judge.recovery)
        }
        self.snapshot = snapshot
    }

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

    /// One reading, and everything that follows from it.
    package func tick() async {
        let now = clock.now
        let since = lastReading ?? now - source.interval * 8
        let question = Question(
            namespaces: namespaces, metrics: ["istio_requests_total"], since: since, until: now)
        var outputs: [JudgeOutput] = []
        do throws(Failure) {
            let reading = try await source.read(question)
            failures = 0
            lastFailure = nil
            completeUntil = reading.completeUntil
            lastReading = max(since, reading.completeUntil - source.interval)
            outputs = judge.observe(reading, now: clock.now)
        } catch {
            if error.kind == .cancelled { return }
            failures += 1
            lastFailure = error
            outputs = judge.unreadable(reason: error.message, now: clock.now)
        }
        await record(outputs)
        await closeForgotten()
        await checkRecoveryTimes()
        await updateAlerts()
        await keepLearned()
    }

    private func restore() async {
        bornAt = clock.now
        guard let learned = await journal.state.learned,
            learned.interval == source.interval.inSeconds
        else { return }
        isSketched = true
        sketchedAt = clock.uptime
        judge.restore(learned.sketch)
    }

    /// How often the sketch of the learned is journaled: it holds some kilobytes for each service.
    private var sketchPeriod: Duration {
        judge.statuses.count > 200 ? .seconds(3600) : .seconds(600)
    }

    /// Journals what was learned: as soon as there is something to judge against, then now and
    /// then, and at the end. A life that is killed in the middle of an outage must not learn it as
    /// normal.
    private func keepLearned(force: Bool = false) async {
        if !isSketched {
            guard !namespaces.isEmpty, namespaces.allSatisfy({ isWarm($0) }) else { return }
        } else if !force, clock.uptime - sketchedAt < sketchPeriod {
            return
        }
        sketchedAt = clock.uptime
        let learned = Learned(interval: source.interval.inSeconds, sketch: judge.sketch)
        if learned.sketch.services.isEmpty { return }
        do throws(Failure) {
            try await journal.record(.learned(learned))
            isSketched = true
        } catch {
            log.warning("what was learned was not journaled: \(error.message)")
        }
    }

    /// Anomalies of an earlier life that this life's judge does not see although it sees the
    /// service.
    private func closeForgotten() async {
        let now = clock.now
        guard let bornAt, now - bornAt > source.interval * 12 else { return }
        let current = judge.current
        for record in await journal.state.anomalies where record.openedAt < bornAt {
            let isSeen = current.contains {
                $0.evidence.service == record.service && $0.evidence.signal == record.signal
            }
            let status = judge.statuses.first {
                $0.service == record.service && $0.signal == record.signal
            }
            guard !isSeen, let status, status.ready, status.silentWindows == 0 else { continue }
            let recovery = Recovery(
                service: record.service, signal: record.signal,
                onset: record.opened.anomaly.onset, recoveredAt: now, detectedAt: now,
                excess: record.opened.anomaly.evidence.excess)
            try? await journal.record(
                .recovered(AnomalyRecovered(id: record.id, recovery: recovery)))
        }
    }

    private func record(_ outputs: [JudgeOutput]) async {
        for output in outputs {
            do throws(Failure) {
                switch output {
                case .window(let summary): if summary.blind == nil { blindReason = nil }
                case .anomaly(let anomaly): try await open(anomaly)
                case .recovery(let recovery): try await end(recovery)
                case .blind(_, let reason):
                    blindReason = reason
                    log.warning("the signals cannot be read: \(reason)")
                    try await journal.record(.blind(Blind(reason: reason)))
                case .sighted(let at):
                    blindReason = nil
                    guard let since = await journal.state.blindSince else { continue }
                    let after = (at - since).inSeconds
                    try await journal.record(.sighted(Sighted(after: max(0, after))))
                }
            } catch {
                log.error("the journal cannot be written: \(error.message)")
            }
        }
    }

    private func open(_ anomaly: Anomaly) async throws(Failure) {
        let state = await journal.state
        let known = state.anomalies.contains {
            $0.service == anomaly.evidence.service && $0.signal == anomaly.evidence.signal
        }
        if known { return }
        let cause = Cause(of: anomaly, in: state, interval: source.interval)
        let opened = AnomalyOpened(
            id: state.lastAnomaly + 1, anomaly: anomaly, round: cause.round, cause: cause.text)
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

    /// Anomalies that outlived their namespace's recovery time get their finding.
    private func checkRecoveryTimes() async {
        let state = await journal.state
        let now = clock.now
        let overdue = state.anomalies.filter { record in
            guard record.unrecovered == nil else { return false }
            let limit = recoveryTimes[record.service.namespace] ?? .seconds(900)
            return now - record.clockStart(in: state) >= limit
        }
        if overdue.isEmpty { return }
        let seen = await snapshot()
        for record in overdue {
            var latest = record
            if let current = judge.current.first(where: {
                $0.evidence.service == record.service && $0.evidence.signal == record.signal
            }) {
                latest.opened.anomaly.evidence = current.evidence
            }
            let finding = unrecoveredFinding(latest, snapshot: seen, state: state, now: now)
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
        for alert in AlertBook.changes(await journal.state, now: clock.now) {
            do throws(Failure) {
                try await journal.record(.alert(alert))
            } catch {
                log.error("alert \(alert.name.rawValue) was not journaled: \(error.message)")
            }
        }
    }

    /// Whether the namespace has traffic, and the baselines of all its services are ready.
    package func isWarm(_ namespace: String) -> Bool {
        // A service that hardly anybody uses cannot be learned, and must not hold the others for
        // ever.
        let mine = judge.statuses.filter {
            $0.service.namespace == namespace && $0.isObservable
        }
        return !mine.isEmpty && mine.allSatisfy(\.ready)
    }

    /// The judge's view of every service.
    package var services: [ServiceStatus] { judge.statuses }

    package func begin(_ planned: Planned, at instant: Timestamp) {
        judge.beginRound(
            id: planned.round, policy: planned.policy, at: instant,
            namespaces: [planned.target.namespace], target: planned.target.workload,
            sham: planned.assignment != .strike)
    }

    /// Whether a running round has shown harm so far.
    package func isHarmed(_ round: Int) -> Bool { !judge.harmSoFar(round: round).isEmpty }

    /// Ends the test of a round. `notDelivered` and `interrupted` say why nothing was tested.
    package func end(_ round: Int, notDelivered: String?, interrupted: String?) -> Verdict {
        judge.endRound(
            id: round, at: clock.now, delivered: notDelivered == nil, void: interrupted)
    }
}
