// When a fault was over, how long a service took to recover from there, and how long it may take.

/// The two recovery clocks of one anomaly that a strike caused (detection design 5.11).
package struct Healing: Codable, Sendable, Hashable {
    /// Time to repair: seconds from the injection to the recovery.
    package var repair: Double
    /// Time to heal: seconds from the end of the fault; nil when the service recovered while a
    /// lasting fault was in place, so that there was nothing to heal from.
    package var heal: Double?
    /// The workload that was struck.
    package var struck: WorkloadRef?
}

extension RoundRecord {
    /// When its fault was over: a lasting one when it was reverted, any other when it showed, or,
    /// if that was not journaled, when it was injected. Nil before.
    package var faultEndedAt: Timestamp? {
        if injecting?.lasts ?? 0 > 0 { return revertedAt }
        return deliveredAt ?? injectedAt
    }

    /// When its strike began; nil for a round that injected nothing.
    package var struckAt: Timestamp? { injectedAt ?? deliveredAt }
}

extension AnomalyRecord {
    /// From when on its service should recover: the end of its round's fault; of a lasting fault
    /// that is still in place the instant by which it must be gone, so that one that cannot be
    /// reverted does not stop the clock; without a round the onset.
    package func clockStart(in state: State) -> Timestamp {
        guard let round = opened.round.flatMap({ state.round($0) }), let began = round.struckAt
        else { return opened.anomaly.onset }
        return round.faultEndedAt ?? round.injecting?.deadline ?? began
    }

    /// How long a recovery took by both clocks. Nil without a strike, and when nobody measured the
    /// end: what an earlier life left open, or a person accepted, is closed at the instant of that.
    func healing(_ recovery: Recovery, in state: State) -> Healing? {
        guard recovery.recoveredAt < recovery.detectedAt,
            let round = opened.round.flatMap({ state.round($0) }), let began = round.struckAt
        else { return nil }
        let end = round.faultEndedAt
        let isOverBefore = round.injecting?.lasts ?? 0 > 0 && recovery.recoveredAt < end ?? .latest
        return Healing(
            repair: max(0, (recovery.recoveredAt - began).inSeconds),
            heal: isOverBefore ? nil : end.map { max(0, (recovery.recoveredAt - $0).inSeconds) },
            struck: round.planned.target.workload)
    }
}

/// How long a service may take to heal before the damage counts as permanent: T_perm of detection
/// design 5.11, max(15 min, 3 P95 of the heals seen so far).
package struct Patience: Sendable, Hashable {
    package var time: Duration
    /// Heals that make it longer than the default; 0 when they do not.
    package var heals = 0

    /// Heals that a P95 needs.
    package static let fewest = 5

    /// For people: why it is longer than the default; nil when it is not.
    package var reason: String? {
        heals == 0
            ? nil
            : "\(time.human) were granted, three times the P95 of \(heals) earlier recoveries "
                + "(judge.recovery is not written)"
    }

    /// What the policy writes is a promise and stays; only the default is stretched by `heals`, in
    /// seconds.
    init(_ times: JudgeTimes, heals: [Double]) {
        time = times.recovery
        guard !times.isRecoveryWritten, heals.count >= Self.fewest else { return }
        let sorted = heals.sorted()
        let place = 0.95 * Double(sorted.count - 1)
        let low = Int(place)
        let high = min(low + 1, sorted.count - 1)
        let p95 = sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
        let stretched = Duration.inSeconds((3 * p95).rounded())
        guard stretched > time else { return }
        time = stretched
        self.heals = heals.count
    }
}

extension State {
    /// How long a service of `namespace` may take to heal after a strike of `workload` (nil: after
    /// any). The heals of the newest anomalies count (`pastAnomalies`): of that workload when there
    /// are enough, else of the namespace. One that outlived its time does not: what had to be
    /// alarmed about makes nobody more patient.
    package func patience(
        _ times: JudgeTimes, namespace: String, workload: WorkloadRef?
    ) -> Patience {
        let known = pastAnomalies.filter {
            $0.service.namespace == namespace && $0.unrecovered == nil
        }.compactMap(\.healing)
        let own = known.filter { workload != nil && $0.struck == workload }.compactMap(\.heal)
        return Patience(
            times, heals: own.count >= Patience.fewest ? own : known.compactMap(\.heal))
    }

    /// The same for an anomaly: the least that the policies of its namespace grant.
    package func patience(_ record: AnomalyRecord, _ times: [JudgeTimes]) -> Patience {
        let struck = record.opened.round.flatMap { round($0)?.planned.target.workload }
        let all = (times.isEmpty ? [JudgeTimes()] : times).map {
            patience($0, namespace: record.service.namespace, workload: struck)
        }
        return all.min { $0.time < $1.time } ?? Patience(JudgeTimes(), heals: [])
    }
}
