// Which namespaces are seen: asks the cluster about callers that nobody reports, tells the gate,
// and journals when a namespace goes blind and when it is seen again.

import Core
import Platform

extension SignalWatch {
    /// Why the signals of a namespace cannot be trusted now; nil when they can. Stricter than the
    /// alert, which waits: one failed reading or blind window is enough.
    package func blindReason(for namespace: String) -> String? {
        blindReason ?? lastFailure?.message ?? judge.blindSince?.reason
            ?? judge.blindness(of: namespace)
    }

    /// What a source comes to that was never read in this life, or since the clock was set back:
    /// the judge has no window yet that could be blind.
    func firstBlindness(_ failure: Failure) async -> [JudgeOutput] {
        guard completeUntil == nil, failures >= judge.settings.blindAfter,
            await journal.state.blind == nil
        else { return [] }
        return [.blind(since: bornAt ?? clock.now, reason: failure.message)]
    }

    /// Asks the cluster what runs of the workloads that nobody reports any more: only when there
    /// are some, which is rare.
    func askWhoRuns(_ reading: Reading) async {
        let workloads = judge.unreported(in: reading)
        if workloads.isEmpty { return }
        guard let seen = await snapshot() else {
            judge.expect(RunningPods())
            return
        }
        judge.expect(RunningPods(of: workloads, in: seen, watched: Set(namespaces)))
    }

    /// Journals what the journal does not know yet of the sight of namespaces, also what an earlier
    /// life left.
    func recordSight() async {
        if !isConfigured { return }
        let state = await journal.state
        let now = clock.now
        do throws(Failure) {
            if let since = state.blindSince, blindReason == nil, judge.blindSince == nil {
                try await journal.record(.sighted(Sighted(after: max(0, (now - since).inSeconds))))
            }
            for namespace in namespaces where state.blindNamespaces[namespace] == nil {
                guard let sight = judge.sights[namespace], judge.isLastinglyBlind(sight) else {
                    continue
                }
                log.warning("\(namespace) is not seen: \(sight.reason)")
                let blind = Blind(reason: sight.reason, namespace: namespace)
                try await journal.record(.blind(blind))
            }
            let known = state.blindNamespaces.sorted { $0.key < $1.key }
            for (namespace, blind) in known {
                let isSeen = judge.sights[namespace].map { $0.blindWindows == 0 } ?? false
                if namespaces.contains(namespace), !isSeen { continue }
                let after = max(0, (now - blind.since).inSeconds)
                try await journal.record(.sighted(Sighted(after: after, namespace: namespace)))
            }
        } catch {
            log.error("the journal cannot be written: \(error.message)")
        }
    }
}
