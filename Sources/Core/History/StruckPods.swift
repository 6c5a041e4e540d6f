// What was there before strikes, of things that nothing tells the size of: pods without an owner,
// and owners whose kind is not read. A pod of them that was struck and does not come back would
// otherwise lower what counts as complete, and strikes would take one after the other.

/// What strikes met, and for how long it counts.
package struct StruckPods: Sendable, Hashable {
    private struct Size: Sendable, Hashable {
        var pods: Int
        var at: StrikeTime
    }

    private struct BarePod: Sendable, Hashable {
        var namespace: String
        var name: String
    }

    /// After that long, what is missing is taken as gone for good: somebody scaled it down, or
    /// removed it.
    package static let remembered = Duration.seconds(7 * 86_400)

    /// How many pods a workload had when it was last struck, where that had to be guessed.
    private var sizes: [WorkloadRef: Size] = [:]
    /// When a pod without an owner was last struck.
    private var bare: [BarePod: StrikeTime] = [:]

    package init() {}

    package var isEmpty: Bool { sizes.isEmpty && bare.isEmpty }

    /// A strike of `target` was announced; `guessed` is how many pods its workload should have,
    /// nil where the workload says so itself.
    package mutating func add(_ target: Target, guessed: Int?, at instant: Timestamp) {
        sizes = sizes.filter { Self.counts($0.value.at, now: instant) }
        bare = bare.filter { Self.counts($0.value, now: instant) }
        if let workload = target.workload {
            sizes[workload] = guessed.map { Size(pods: $0, at: StrikeTime(instant)) }
        } else if target.kind == .pod {
            bare[BarePod(namespace: target.namespace, name: target.name)] = StrikeTime(instant)
        }
    }

    /// How many pods each workload of `namespace` should have, by its newest strike.
    package func sizes(in namespace: String, now: Timestamp) -> [WorkloadRef: Int] {
        sizes.filter { $0.key.namespace == namespace && Self.counts($0.value.at, now: now) }
            .mapValues(\.pods)
    }

    /// The names of pods without an owner of `namespace` that were struck.
    package func bareNames(in namespace: String, now: Timestamp) -> Set<String> {
        let found = bare.filter {
            $0.key.namespace == namespace && Self.counts($0.value, now: now)
        }
        return Set(found.keys.map(\.name))
    }

    /// The clock shows `instant` now.
    mutating func setBack(to instant: Timestamp) {
        for workload in sizes.keys { sizes[workload]?.at.setBack(to: instant) }
        for pod in bare.keys { bare[pod]?.setBack(to: instant) }
    }

    private static func counts(_ time: StrikeTime, now: Timestamp) -> Bool {
        now - time.counted(at: now) < remembered
    }
}
