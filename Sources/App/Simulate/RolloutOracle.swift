// What must hold of deploys in a simulated history: each that there was time to see was journaled,
// and a restart was never taken for a new version.

import Core
import Engine

/// Compares the journal's `deployed` events with what people did.
struct RolloutOracle: Sendable {
    private let namespace: String
    private var isKnown = false
    /// New images of workloads that no event tells yet, and since when.
    private var untold: [String: Timestamp] = [:]
    /// Workloads that ever got a new image.
    private var updated: Set<String> = []

    init(namespace: String) { self.namespace = namespace }

    /// Somebody gave a workload another image.
    mutating func updated(_ workload: String, at instant: Timestamp) {
        untold[workload] = instant
        updated.insert(workload)
    }

    /// Takes one event in and says what it violates.
    mutating func check(_ entry: JournalEntry) -> [String] {
        guard case .deployed(let deployed) = entry.event, deployed.namespace == namespace else {
            return []
        }
        // What ran when the first life looked is no rollout.
        if !isKnown { untold = [:] }
        isKnown = true
        let rolledOut = (deployed.rolledOut ?? []).map(\.name)
        for name in rolledOut { untold[name] = nil }
        return rolledOut.filter { !updated.contains($0) }
            .map { "\($0) was only restarted, and counts as rolled out" }
    }

    /// At the end.
    func finish(at instant: Timestamp) -> [String] {
        untold.sorted { $0.key < $1.key }.filter { instant - $0.value > .seconds(150) }
            .map { "the new image of \($0.key) at \($0.value.rfc3339) was never noticed" }
    }
}
