// The judge: readings in, statements out. It holds the windows, one judge per service, and the
// rounds under way. It does no I/O and has no clock: every instant comes from its caller.

import RealModule

/// Decides whether something anomalous happened, whether a round did harm, and whether it healed
/// (detection design, sections 5.0 to 5.11 and 7). A value: copy it to try something out.
package struct Judge: Sendable {
    package let settings: JudgeSettings
    /// Signals in PromQL have a ratio and nothing else.
    private var querySettings: JudgeSettings
    var ledger: CounterLedger<RequestSeries>
    var builder: WindowBuilder
    /// What was learned of services that nobody watches now.
    var shelf: [ServiceRef: JudgeSketch.Entry] = [:]
    var services: [ServiceRef: ServiceJudge] = [:]
    var rounds: [Int: JudgedRound] = [:]
    private var priors = BaselinePriors()
    var workloads: [ServiceRef: Set<String>] = [:]
    /// How often shams were blamed.
    package internal(set) var shams = ShamCalibration()
    /// The tests of all strikes as one series.
    package private(set) var online: OnlineTests
    /// How often harmful strikes were traced to what they had struck.
    package private(set) var causes = CauseScore()
    /// The settings of namespaces whose armed signals are their own.
    var armed: [String: JudgeSettings] = [:]
    private var queries = QueryBook()
    /// Times that are not learned from, apart from those of `rounds`.
    var learning = LearningSpan()
    private var historyKnown = true
    /// What was wrong with the last reading, in sentences.
    package private(set) var problems: [String] = []
    private var blindRun: (since: Timestamp, count: Int, reason: String)?
    private var blindSaid = false
    /// How each namespace of the mesh was seen lately, by name.
    package internal(set) var sights: [String: NamespaceSight] = [:]

    package init(settings: JudgeSettings = JudgeSettings()) {
        self.settings = settings
        querySettings = settings
        querySettings.signals = [.badRatio]
        ledger = CounterLedger(
            limits: [settings.seriesLimit, settings.histogramLimit], eviction: settings.eviction,
            tolerance: settings.interval)
        builder = WindowBuilder(settings: settings)
        online = OnlineTests(alpha: settings.roundAlpha)
    }

    /// Says which signals may raise anomalies and are tested in `namespace`, and how long its
    /// rounds are watched, instead of what the settings say.
    package mutating func arm(
        _ signals: Set<Signal>, observe: Duration? = nil, in namespace: String
    ) {
        var own = settings
        own.signals = Signal.allCases.filter { signals.contains($0) }
        own.observe = observe ?? settings.observe
        armed[namespace] = own == settings ? nil : own
    }

    /// The settings that hold for a service.
    func settings(of service: ServiceRef) -> JudgeSettings {
        let own = armed.isEmpty ? settings : armed[service.namespace] ?? settings
        guard service.isQuery else { return own }
        var query = querySettings
        query.observe = own.observe
        return query
    }

    /// Says which signals in PromQL are judged besides those of the mesh.
    package mutating func ask(_ wanted: [SignalQuery]) {
        queries.configure(wanted, settings: settings)
    }

    // MARK: Readings

    /// Adds one reading; `now` is the instant of the call. Returns what is to be said, in order.
    package mutating func observe(_ reading: Reading, now: Timestamp) -> [JudgeOutput] {
        let benign = Set(settings.benignGRPC)
        // A bucket that did not grow is information: everybody was slower than its bound.
        let result = ledger.ingest(
            reading, historyKnown: historyKnown,
            keepsZero: { if case .duration = $0.kind { true } else { false } },
            group: Self.group,
            classify: { series in
                guard let tag = RequestSeries(series, benign: benign) else { return nil }
                if case .duration = tag.kind, !tag.isDuration { return nil }
                return tag
            })
        historyKnown = true
        problems = result.problems
        for (tag, _) in result.appeared {
            if let workload = tag.workload { workloads[tag.service, default: []].insert(workload) }
        }
        builder.add(result, reading: reading)
        queries.add(reading) { [builder] in builder.index(of: $0) }
        // A source whose clock is ahead must not carry the windows into the future.
        return close(until: min(reading.completeUntil, now))
    }

    /// The source could not be read at `now`: windows that end by then without samples are blind.
    package mutating func unreadable(reason: String, now: Timestamp) -> [JudgeOutput] {
        // One more interval is granted, in which the source may still answer.
        close(until: now - settings.interval, reason: reason)
    }

    /// To be called before the first reading that asks for more than the ones before it (another
    /// namespace or metric): its new series are new to us only, so their first values do not count.
    package mutating func questionChanged() { historyKnown = false }

    private mutating func close(
        until completeUntil: Timestamp, reason: String? = nil
    ) -> [JudgeOutput] {
        let locked = rounds.values.filter { $0.endedAt == nil }
        let windows = builder.close(until: completeUntil) { namespace in
            locked.contains { $0.covers(namespace) }
        }
        var outputs: [JudgeOutput] = []
        for window in windows {
            let detected = min(window.end, completeUntil)
            note(window, reason: reason, into: &outputs)
            judge(window, detected: detected, into: &outputs)
        }
        for window in queries.close(until: completeUntil, interval: settings.interval) {
            judge(window, detected: window.end, into: &outputs)
        }
        prune(before: completeUntil - settings.washout - .seconds(3600))
        return outputs
    }

    private mutating func note(
        _ window: WindowSummary, reason: String?, into outputs: inout [JudgeOutput]
    ) {
        outputs.append(.window(window))
        guard let cause = window.blind else {
            blindRun = nil
            if blindSaid { outputs.append(.sighted(at: window.end)) }
            blindSaid = false
            for namespace in Set(window.services.map(\.service.namespace)) {
                sights[namespace, default: NamespaceSight()]
                    .add(window.blindNamespaces[namespace], from: window.start)
            }
            return
        }
        let since = blindRun?.since ?? window.start
        let count = (blindRun?.count ?? 0) + 1
        blindRun = (since, count, reason ?? cause)
        if count >= settings.blindAfter, !blindSaid {
            blindSaid = true
            outputs.append(.blind(since: since, reason: reason ?? cause))
        }
    }

    private mutating func judge(
        _ window: WindowSummary, detected: Timestamp, into outputs: inout [JudgeOutput]
    ) {
        let alarmNats = self.alarmNats
        let instants = SignalJudge.Instants(interval: settings.interval, detected: detected)
        for counts in window.services {
            services[counts.service, default: ServiceJudge(service: counts.service)]
                .remember(counts)
        }
        let watchesTraffic = ([settings] + armed.values).contains { $0.signals.contains(.traffic) }
        priors.share(among: &services, window, settings)
        let fallen =
            watchesTraffic ? Set(services.values.filter(\.hasFallen).map(\.service)) : []
        var alarmed = false
        for counts in window.services {
            let name = counts.service
            let clean = isClean(name, from: window.start, to: window.end)
            let own = settings(of: name)
            let callers = fallen.isEmpty ? [] : (services[name]?.callers ?? [])
            let changes =
                services[name, default: ServiceJudge(service: name)].observe(
                    counts, clean: clean, alarmNats: alarmNats, settings: own,
                    instants: instants, isStandby: learning.isStandby,
                    callersFell: { [workloads] in
                        Self.haveFallen(callers, name, fallen: fallen, workloads: workloads)
                    })
            for change in changes {
                switch change {
                case .none: break
                case .alarmed: alarmed = true
                case .recovered(let recovery): outputs.append(.recovery(recovery))
                }
            }
        }
        let explained = rounds.isEmpty ? [] : explained(by: fallen)
        for id in rounds.keys { rounds[id]?.observe(window, explained: explained) }
        explain(at: window.index)
        guard alarmed else { return }
        noteIncidents(at: window.index)
        for counts in window.services {
            guard let judge = services[counts.service] else { continue }
            outputs += judge.opened(at: window.index).map { .anomaly($0) }
        }
    }

    /// Services all of whose callers are among `fallen`.
    private func explained(by fallen: Set<ServiceRef>) -> Set<ServiceRef> {
        if fallen.isEmpty { return [] }
        return Set(
            services.values.lazy.filter {
                Self.haveFallen(
                    $0.callers, $0.service, fallen: fallen, workloads: self.workloads)
            }.map(\.service))
    }

    /// Whether every caller is itself a known service that lost traffic, so that a drop is
    /// explained upstream (5.10 e).
    private static func haveFallen(
        _ callers: Set<ServiceEdge>, _ name: ServiceRef, fallen: Set<ServiceRef>,
        workloads: [ServiceRef: Set<String>]
    ) -> Bool {
        guard !callers.isEmpty else { return false }
        return callers.allSatisfy { edge in
            fallen.contains { service in
                service != name && service.namespace == edge.sourceNamespace
                    && (workloads[service] ?? [service.name]).contains(edge.source)
            }
        }
    }

    /// ln A over all series, raised while shams show that the detector errs more often than
    /// promised.
    var alarmNats: Double {
        settings.alarmNats(series: series) * shams.thresholdFactor(alpha: settings.roundAlpha)
    }

    /// Who called whom in the last windows.
    package var callGraph: CallGraph {
        var edges: Set<ServiceEdge> = []
        for judge in services.values {
            for window in judge.recent {
                for counts in window.edges where counts.isActive { edges.insert(counts.edge) }
            }
        }
        return CallGraph(edges: edges, services: services.keys, workloads: workloads)
    }

    /// Series that may alarm: the family over which false alarms are counted.
    private var series: Int {
        services.values.reduce(0) { $0 + $1.series(settings(of: $1.service).signals) }
    }

    /// Names the broken edge of anomalies that are young: later windows add flags and silence.
    /// Failed responses and failed connections have edges; slowness and traffic have not.
    private mutating func explain(at index: Int64) {
        // The bad ratio comes last: where both fail, its candidates stand.
        let signals: [WritableKeyPath<ServiceJudge, SignalJudge>] = [\.connections, \.errors]
        let young = services.values.filter { service in
            signals.contains { signal in
                service[keyPath: signal].open.map { index - $0.detected < 8 } ?? false
            }
        }
        if young.isEmpty { return }
        let upper = services.mapValues(\.track.upper)
        // One graph serves all anomalies of an onset: a cascade begins everywhere at once.
        var graphs: [Int64: RootCause] = [:]
        for service in young {
            let name = service.service
            // What an earlier anomaly was traced to says nothing of this one.
            if !signals.contains(where: { (service[keyPath: $0].open?.detected ?? index) < index })
            {
                suspects[name] = nil
            }
            for signal in signals {
                guard let open = service[keyPath: signal].open, index - open.detected < 8 else {
                    continue
                }
                let graph =
                    graphs[open.onset]
                    ?? RootCause(
                        windows: services.values.lazy.flatMap(\.recent), onset: open.onset,
                        workloads: workloads, upper: upper)
                graphs[open.onset] = graph
                guard let finding = graph.locate(from: name) else { continue }
                services[name]?[keyPath: signal].open?.anomaly.brokenEdge = finding.edge
                services[name]?[keyPath: signal].open?.anomaly.flags = finding.flags
                suspects[name] = finding.candidates
            }
        }
    }

    /// Where the failures of services that are or were anomalous may come from.
    var suspects: [ServiceRef: [RootCause.Candidate]] = [:]

    /// Where the failures of an anomalous service may come from, the likeliest first; empty when
    /// neither its bad ratio nor its connections are anomalous or no failing edge leads to it.
    package func rootCauses(of service: ServiceRef) -> [RootCause.Candidate] {
        guard let judge = services[service],
            judge.errors.open != nil || judge.connections.open != nil
        else { return [] }
        return suspects[service] ?? []
    }

    // MARK: Rounds

    /// A round begins at `at`: the baselines of the services in `namespaces` (all, if empty) are
    /// frozen and tested from here on. A sham injects nothing, so its windows are learned from.
    package mutating func beginRound(
        id: Int, policy: String, at: Timestamp, namespaces: [String],
        target: WorkloadRef? = nil, sham: Bool = false
    ) {
        let factor = shams.thresholdFactor(alpha: settings.roundAlpha)
        let subjects = services.values
            .filter {
                $0.isMeasured && (namespaces.isEmpty || namespaces.contains($0.service.namespace))
            }
            .map {
                $0.subject(settings(of: $0.service), thresholdFactor: factor)
            }
            .sorted { $0.service < $1.service }
        let trace = trace(of: subjects, from: at)
        rounds[id] = JudgedRound(
            id: id, policy: policy, begunAt: at, namespaces: namespaces.sorted(), target: target,
            sham: sham, test: RoundTest(alpha: settings.roundAlpha, subjects: subjects))
        rounds[id]?.trace = trace
    }

    /// Services that the round has harmed by now, strongest first. May be asked after every window,
    /// and the round stopped on the answer: the test is valid at any stopping time.
    package func harmSoFar(round id: Int) -> [Evidence] { rounds[id]?.test.harmed ?? [] }

    /// Bad responses beyond the baseline in a round under way or lately ended; nil when unknown.
    package func excessSoFar(round id: Int) -> Double? {
        rounds[id]?.test.processes.reduce(0) { $0 + $1.excess }
    }

    /// What a round under way or lately ended showed of every service, harmed or not.
    package func outcomes(round id: Int) -> [Evidence] { rounds[id]?.test.outcomes ?? [] }

    /// The same for every signal that the round tests, the bad ratio first.
    package func signals(round id: Int) -> [Evidence] { rounds[id]?.test.signals ?? [] }

    /// The windows kept of every service, and the workloads that answer for each: for findings.
    var recentWindows: [RequestWindow] {
        services.values.sorted { $0.service < $1.service }.flatMap(\.recent)
    }
    var workloadNames: [ServiceRef: Set<String>] {
        workloads.merging(services.keys.map { ($0, [$0.name]) }) { known, _ in known }
    }

    /// Whether the harm of an ended round stands up against all rounds before it (e-LOND), at a
    /// false discovery rate of `roundAlpha`; nil for shams and rounds that were not judged.
    package func isDiscovery(round id: Int) -> Bool? { rounds[id]?.isDiscovery }

    /// Ends a round at `at` and says what it showed. `delivered` is false when the fault did not
    /// take effect; `void` names what disturbed the round. An unknown round is void.
    package mutating func endRound(
        id: Int, at: Timestamp, delivered: Bool = true, void: String? = nil
    ) -> Verdict {
        guard let round = rounds[id] else {
            return Verdict(
                kind: .void, confidence: 1 - settings.roundAlpha,
                text: "void: round \(id) is unknown to the judge, e.g. after a restart")
        }
        let verdict = round.test.verdict(
            delivered: delivered || round.sham, void: void ?? disturbance(of: round, until: at))
        if round.endedAt == nil {
            rounds[id]?.endedAt = at
            score(round, verdict)
            rounds[id]?.isHarmless = verdict.kind == .noHarm
            let isJudged = verdict.kind == .harm || verdict.kind == .noHarm
            if !round.sham, isJudged {
                rounds[id]?.isDiscovery = online.add(nats: round.test.evidence)
            }
            if round.sham { add(sham: round, verdict.kind) }
        }
        return verdict
    }

    /// Compares what the anomalies of a harmful strike were traced to with what was struck: the
    /// candidates of all services harmed, by the sum of their scores.
    private mutating func score(_ round: JudgedRound, _ verdict: Verdict) {
        guard !round.sham, verdict.kind == .harm, let target = round.target else { return }
        var scores: [ServiceRef: Double] = [:]
        for evidence in verdict.harmed {
            for candidate in rootCauses(of: evidence.service) {
                scores[candidate.service, default: 0] += candidate.score
            }
        }
        if scores.isEmpty { return }
        let ranked = scores.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        let place = ranked.firstIndex { service in
            service.namespace == target.namespace
                && (workloads[service] ?? [service.name]).contains(target.name)
        }
        let cause = CauseRank(rank: place.map { $0 + 1 })
        causes.add(rank: cause.rank)
        rounds[round.id]?.cause = cause
    }

    /// Services known at most; beyond that the ones silent for longest are forgotten.
    private static let serviceLimit = 20_000

    private mutating func prune(before time: Timestamp) {
        if services.count > Self.serviceLimit {
            let quietest = services.values.filter { $0.open.isEmpty }
                .sorted { ($1.silentWindows, $0.service) < ($0.silentWindows, $1.service) }
                .prefix(services.count - Self.serviceLimit * 9 / 10)
            for judge in quietest {
                services[judge.service] = nil
                workloads[judge.service] = nil
                suspects[judge.service] = nil
            }
        }
        rounds = rounds.filter { $0.value.endedAt.map { $0 >= time } ?? true }
    }

    /// An operator says that the present level of a service's signal is normal: the anomaly ends,
    /// and the level is learned anew, also when this life has not seen the anomaly (then nil).
    /// Nothing else ever makes a bad level normal. A surge of traffic becomes so by itself.
    package mutating func accept(
        _ service: ServiceRef, _ signal: Signal, at time: Timestamp
    ) -> Recovery? {
        if service.isGauge { queries.accept(service) }
        return switch signal {
        case .badRatio: services[service]?.errors.accept(at: time)
        case .connections: services[service]?.connections.accept(at: time)
        case .latency: services[service]?.latency.judge.accept(at: time)
        case .traffic: services[service]?.traffic.accept(at: time)
        }
    }

    /// Lets `change` work on one service, which may be new.
    mutating func changeService<Answer>(
        _ service: ServiceRef, _ change: (inout ServiceJudge) -> Answer
    ) -> Answer {
        change(&services[service, default: ServiceJudge(service: service)])
    }

    /// Lets `change` work on each service, with the names of the workloads known to answer for it.
    mutating func changeServices(
        _ change: (ServiceRef, inout ServiceJudge, Set<String>?) -> Void
    ) {
        for service in services.keys {
            guard var judge = services[service] else { continue }
            change(service, &judge, workloads[service])
            services[service] = judge
        }
    }

    // MARK: What is known

    /// Open anomalies with their evidence up to the last window, in order of services and signals.
    package var current: [Anomaly] {
        services.values.sorted { $0.service < $1.service }.flatMap(\.open)
    }

    /// Since when nothing can be said; nil while the judge sees. For the gate, which is stricter
    /// than the alert: one blind window suffices.
    package var blindSince: (since: Timestamp, reason: String)? {
        blindRun.map { ($0.since, $0.reason) }
    }

    /// Series held.
    package var seriesCount: Int { ledger.count }

    // MARK: The journal

    /// The learned, in order of services.
    package var sketch: JudgeSketch {
        JudgeSketch(
            services: (services.values.filter(\.isMeasured).map(\.sketch) + shelf.values)
                .sorted { $0.service < $1.service }, shams: shams, causes: causes, online: online)
    }

    /// Goes on counting strikes where the journal's verdicts end: an earlier life, or another
    /// instance that led, may have tested more of them. `settings.roundAlpha` stays in force.
    package mutating func resume(_ tally: JudgeTally) {
        causes.catchUp(tally.causes)
        online.catchUp(tests: tally.tests, discoveries: tally.discoveries)
    }

    /// Starts from a sketch; to be called before the first reading. Of the tests over all strikes
    /// only the counts are taken: the level is that of the settings.
    package mutating func restore(_ sketch: JudgeSketch) {
        shams = sketch.shams
        causes.catchUp(sketch.causes)
        online.catchUp(tests: sketch.online.tests, discoveries: sketch.online.discoveries)
        for entry in sketch.services {
            services[entry.service] = ServiceJudge(restoring: entry, settings: settings)
        }
    }
}
