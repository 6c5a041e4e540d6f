// What the judge says about seeing: which namespaces are blind, and whom the cluster must be asked
// about.

extension Judge {
    /// Why a namespace is not seen; nil while it is, or when nothing is known of it. One missed
    /// scrape is not enough: it takes as many blind windows in a row as for the whole.
    package func blindness(of namespace: String) -> String? {
        guard let sight = sights[namespace], sight.blindWindows >= settings.blindAfter else {
            return nil
        }
        return sight.reason
    }

    /// Whether a namespace has been blind for long enough to tell people: twice as long, because
    /// who calls from one pod only is not seen until the successor of that pod is scraped.
    package func isLastinglyBlind(_ sight: NamespaceSight) -> Bool {
        sight.blindWindows >= 2 * settings.blindAfter
    }

    /// The workloads that should report services which nobody reports in `reading`. Without
    /// `expect(_:)` for them those services are blind: calls that nobody counts are no silence.
    package func unreported(in reading: Reading) -> Set<WorkloadName> {
        builder.unreported(by: reading.reporters.map(\.name))
    }

    /// Says what runs of the workloads asked for; to be called before the reading is observed.
    package mutating func expect(_ running: RunningPods) { builder.expect(running) }
}
