// What the watch reads, and for whom: the namespaces and signals of the policies in force, and of
// those that are gone until their rounds are closed. What nobody watches any more is let go.

package import Core
import Platform

extension SignalWatch {
    /// Which namespaces are watched, how long a service of each may take to recover, and how to see
    /// the cluster for findings. Policies that are gone are watched on while a round of theirs is
    /// open. `isWhole`: nobody else watches by the same journal, so what these policies do not
    /// watch is not watched at all.
    package func configure(
        _ policies: [Policy], isWhole: Bool = true,
        snapshot: @escaping @Sendable () async -> Snapshot?
    ) {
        let known = retired + self.policies
        retired = known.filter { !policies.contains($0) }
        self.policies = policies
        self.snapshot = snapshot
        self.isWhole = isWhole
        isConfigured = true
        watchPolicies()
    }

    /// Lets those of the replaced policies go that have no open round any more.
    func releaseRetired() async {
        if retired.isEmpty { return }
        let open = await journal.state.openRounds.map(\.planned)
        let kept = retired.filter { policy in
            open.contains { $0.policy == policy.id && $0.digest == policy.digest }
        }
        if kept.count == retired.count { return }
        retired = kept
        watchPolicies()
    }

    private func watchPolicies() {
        let policies = policies + retired
        let armed = Dictionary(
            policies.map { ($0.namespace, Set($0.signals.istio)) },
            uniquingKeysWith: { $0.union($1) })
        // Where policies differ, the shortest watch shows least.
        let observed = Dictionary(
            policies.map { ($0.namespace, $0.judge.observe) }, uniquingKeysWith: min)
        for (namespace, signals) in armed {
            judge.arm(signals, observe: observed[namespace], in: namespace)
        }
        if namespaces.isEmpty, !armed.isEmpty { blindReason = "no reading yet" }
        namespaces = armed.keys.sorted()
        watched = watched.filter { armed[$0.key] != nil }
        metrics = Signal.metrics(
            of: armed.isEmpty ? judge.settings.signals : armed.values.flatMap { $0 })
        queries = policies.flatMap(\.signals.queries)
        judge.ask(queries)
        judgeTimes = Dictionary(grouping: policies, by: \.namespace).mapValues { $0.map(\.judge) }
        observeTimes = Dictionary(
            policies.map { ($0.id, $0.judge.observe) }, uniquingKeysWith: { known, _ in known })
        limited = Set(
            policies.filter { $0.blastRadius.budgetFailedRequests != nil }.map(\.namespace))
        isWatchNew = true
    }

    /// Right before a question is made, when no reading of an older one is under way: forgets what
    /// is not asked for any more. The lifetime counters of a namespace or metric that is new must
    /// not count as one increment.
    func takeUpWatch() {
        guard isWatchNew else { return }
        isWatchNew = false
        judge.keep(namespaces: Set(namespaces), queries: Set(queries.map(\.service)))
        if let asked, asked == (namespaces, metrics) { return }
        asked = (namespaces, metrics)
        judge.questionChanged()
    }

    /// Nothing is watched: what was seen or not seen before says nothing any more.
    func rest() async {
        if isConfigured {
            if completeUntil != nil || lastFailure != nil { startAnew("") }
            asked = nil
            blindReason = nil
            await endUnwatched()
            await recordSight()
        }
        await updateAlerts()
    }

    /// The judge begins anew, as after a restart, with what it had learned.
    func startAnew(_ reason: String) {
        let sketch = judge.sketch
        judge = Judge(settings: judge.settings)
        judge.restore(sketch)
        watchPolicies()
        blindReason = reason
        failures = 0
        lastFailure = nil
        lastReading = nil
        completeUntil = nil
        bornAt = clock.now
    }

    /// Ends anomalies of services that no policy watches any more: nobody would see them recover.
    func endUnwatched() async {
        guard isWhole else { return }
        for record in await journal.state.anomalies where !isWatched(record.service) {
            let accepted = Accepted(
                id: record.id, by: "hazard", reason: "no policy watches it any more",
                excess: record.opened.anomaly.evidence.excess)
            do throws(Failure) { try await journal.record(.accepted(accepted)) } catch {
                log.error("the journal cannot be written: \(error.message)")
                return
            }
        }
    }

    func isWatched(_ service: ServiceRef) -> Bool {
        if service.isQuery { return queries.contains { $0.service == service } }
        // Hosts outside the cluster belong to no namespace.
        return service.namespace.isEmpty
            ? !namespaces.isEmpty
            : namespaces.contains(service.namespace)
    }
}
