// Turns what the judge has seen by now into failures to journal, so that each counts once: those of
// a running round come from its test, and those afterwards from the anomalies that went on.

/// What was counted already, in this life of the program.
package struct HarmMeter: Sendable {
    /// Where the judge's own count of an anomaly stood when `counted` was in the journal.
    private struct Mark: Sendable {
        var excess: Double
        var counted: Double
    }

    /// Whose failures are counted: a service's bad responses, or its failed connections where
    /// there are no responses.
    package struct Source: Sendable, Hashable {
        package var service: ServiceRef
        package var signal: Signal
        package init(_ service: ServiceRef, _ signal: Signal) {
            self.service = service
            self.signal = signal
        }
    }

    private var running: Set<Int> = []
    private var marks: [Int: Mark] = [:]

    package init() {}

    /// A strike runs from `begin` to `end`: its anomalies are in its own count until then.
    package mutating func begin(_ round: Int) { running.insert(round) }
    package mutating func end(_ round: Int) { running.remove(round) }

    /// What is to be journaled now of `namespaces`, where failures are limited; elsewhere verdicts
    /// say enough. `rounds` gives the bad requests beyond the baseline of each running round, and
    /// `anomalies` those of each service's bad responses and failed connections, both from the
    /// judge. A connection that failed fails its requests too: where bad responses are anomalous,
    /// they alone count.
    /// An increment is worth a row when it is a request and a hundredth of what was counted, so
    /// that an outage of weeks takes hundreds of rows, not one for each window.
    package mutating func increments(
        _ state: State, in namespaces: Set<String>, rounds: (Int) -> Double?,
        anomalies: [Source: Double]
    ) -> [Harmed] {
        var found: [Harmed] = []
        for number in running.sorted() {
            guard let round = state.round(number),
                namespaces.contains(round.planned.target.namespace), let excess = rounds(number)
            else { continue }
            if let failed = Self.worth(excess - round.failed, of: round.failed) {
                found.append(Harmed(round: number, failed: failed))
            }
        }
        let responding = Set(
            state.anomalies.lazy.filter { $0.signal == .badRatio }.map(\.service))
        for record in state.anomalies where namespaces.contains(record.service.namespace) {
            let isCounted =
                record.signal == .badRatio
                || record.signal == .connections && !responding.contains(record.service)
            guard isCounted, let number = record.opened.round,
                let excess = anomalies[Source(record.service, record.signal)]
            else { continue }
            var mark = marks[record.id] ?? Mark(excess: 0, counted: record.failed)
            // The judge began to count again.
            if excess < mark.excess { mark = Mark(excess: excess, counted: record.failed) }
            if running.contains(number) { mark = Mark(excess: excess, counted: record.failed) }
            marks[record.id] = mark
            let total = mark.counted + excess - mark.excess
            if let failed = Self.worth(total - record.failed, of: record.failed) {
                found.append(Harmed(round: number, anomaly: record.id, failed: failed))
            }
        }
        let open = Set(state.anomalies.map(\.id))
        marks = marks.filter { open.contains($0.key) }
        return found
    }

    private static func worth(_ failed: Double, of counted: Double) -> Double? {
        if failed.isNaN { return nil }
        return failed >= max(1, counted / 100) ? failed : nil
    }
}
