// How much of its blast radius a policy has earned: a level that widens with clean strikes and
// shrinks with harm. Pure, and recomputed from the journal each time; what is not known counts as
// not earned.

/// The level that a policy has reached.
package struct EarnedRadius: Sendable, Hashable {
    package var growth: Growth
    /// From 0, the first level.
    package private(set) var index = 0
    /// Consecutive clean strikes since the last step, less than `growth.cleanRounds` except at the
    /// widest level.
    package private(set) var clean = 0
    /// When confidence last began anew, and why; nil before the first strike.
    package private(set) var since: Timestamp?
    package private(set) var reason: String?

    /// The level after `track`: each full `growth.cleanRounds` of a run is a level up, and each
    /// harm a level down. Without a track, or with levels that make no sense, the first level.
    package init(_ growth: Growth, track: CleanTrack?) {
        self.growth = growth
        guard let track else { return }
        since = track.since
        reason = track.reason
        guard growth.cleanRounds > 0, growth.levels.count > 1 else { return }
        let top = growth.levels.count - 1
        for run in track.runs {
            index = min(top, index + max(run.clean, 0) / growth.cleanRounds)
            clean = index == top ? max(run.clean, 0) : max(run.clean, 0) % growth.cleanRounds
            if run.end == .harm { index = max(0, index - 1) }
            if run.end != nil { clean = 0 }
        }
    }

    /// The level of `policy` now; nil when its radius does not grow. When `snapshot` shows pod
    /// templates that the journal does not know (or there is none), it is the first level.
    package init?(_ policy: Policy, _ state: State, _ snapshot: Snapshot?) {
        guard let growth = policy.blastRadius.growth else { return nil }
        let isKnown = snapshot.map {
            state.deployed(in: policy.namespace, now: $0)?.changed.isEmpty ?? true
        }
        self.init(growth, track: isKnown == true ? state.harm.tracks[policy.id] : nil)
    }

    /// For people, from 1.
    package var level: Int { index + 1 }

    /// The widest number of unavailable pods out of `total` that the level allows.
    package func allowed(of total: Int) -> Int { growth.allowed(at: index, of: total) }

    /// For people, e.g. `level 2 of 3 (10%), 7 of 20 clean strikes`.
    package var text: String {
        let limit = index < growth.levels.count ? growth.levels[index].description : "nothing"
        let rest =
            index + 1 < growth.levels.count
            ? "\(clean) of \(growth.cleanRounds) clean strikes" : "\(clean) clean strikes"
        return "level \(level) of \(growth.levels.count) (\(limit)), \(rest)"
    }
}

/// How much of `namespace.maxUnavailable` was free when a round was planned.
package struct RadiusUse: Codable, Sendable, Hashable {
    /// From 1; nil when the radius does not grow.
    package var level: Int?
    /// Pods of the namespace that should be there, those that were not available, and how many may
    /// be with the struck one.
    package var pods: Int
    package var unavailable: Int
    package var allowed: Int

    package init(level: Int? = nil, pods: Int, unavailable: Int, allowed: Int) {
        self.level = level
        self.pods = pods
        self.unavailable = unavailable
        self.allowed = allowed
    }
}
