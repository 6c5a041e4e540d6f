// What one policy would do to one cluster, as values: the chance of each pod and why not the
// others, how often each workload is struck, and what its rounds can show. Printing is
// PreviewText's.

import Core
import Engine

/// The preview of one policy.
struct PolicyPreview: Sendable {
    /// One pod of the policy's namespace.
    struct Pod: Sendable {
        var name: String
        var workload: WorkloadRef?
        /// The chance that a round strikes it, 0...1: shams are not in it.
        var chance: Double
        var whyNot: Exclusion?
    }

    /// One workload that may be struck, or a bare pod.
    struct Workload: Sendable {
        var name: String
        /// Its share of the strikes, 0...1.
        var share: Double
        /// Mean time between strikes; nil when there are none.
        var seconds: Double?
    }

    let policy: Policy
    let pods: [Pod]
    let workloads: [Workload]
    let rate: RoundRate
    let holds: [Hold]
    /// Nil when nothing is known of the traffic.
    let services: [ServicePower]?
    /// The regression that is to be caught: a bad ratio on top of the baseline.
    let effect: Double
    let knowsHistory: Bool

    init(_ policy: Policy, in sight: PolicySight, effect: Double) {
        self.policy = policy
        self.effect = effect
        let snapshot = sight.snapshot
        let eligibility = sight.eligibility(policy)
        let chances = Plan.probabilities(snapshot, policy: policy, eligibility: eligibility)
        func pod(_ index: Int32, _ chance: Double, _ reason: Exclusion?) -> Pod {
            let pod = snapshot.pods[Int(index)]
            return Pod(
                name: pod.name,
                workload: pod.workload < 0 ? nil : snapshot.workloads[Int(pod.workload)].ref,
                chance: chance, whyNot: reason)
        }
        pods =
            chances.map { pod($0.pod, $0.probability, nil) }
            + eligibility.excluded.map { pod($0.pod, 0, $0.reason) }
        rate = RoundRate(policy, from: sight.now)
        holds = sight.holds(policy)
        knowsHistory = sight.state != nil
        workloads = Self.workloads(pods, policy, rate)
        let rarest = workloads.map(\.share).min()
        services = sight.state.map { state in
            state.learned.map {
                ServicePower.services(
                    $0.sketch, policy: policy, effect: effect, rarest: rarest)
            } ?? []
        }
    }

    private static func workloads(
        _ pods: [Pod], _ policy: Policy, _ rate: RoundRate
    ) -> [Workload] {
        var chances: [String: Double] = [:]
        for pod in pods where pod.whyNot == nil {
            let name = pod.workload.map { "\($0.kind) \($0.name)" } ?? "Pod \(pod.name)"
            chances[name, default: 0] += pod.chance
        }
        let strikes = max(1 - policy.sham, 1e-12)
        return chances.sorted { $0.key < $1.key }.map { name, chance in
            let share = policy.sham < 1 ? min(chance / strikes, 1) : 0
            return Workload(
                name: name, share: share,
                seconds: rate.secondsBetweenStrikes(
                    share: share, sham: policy.sham,
                    cooldown: policy.blastRadius.cooldown))
        }
    }

    var eligible: [Pod] { pods.filter { $0.whyNot == nil } }

    /// Whether a round that starts could strike anything.
    var mayStrike: Bool { policy.sham < 1 && !eligible.isEmpty }

    /// Each fault's share of the strikes.
    var faults: [(kind: String, share: Double)] {
        let weights = policy.faults.reduce(0) { $0 + $1.weight }
        return weights > 0 ? policy.faults.map { ($0.kind, $0.weight / weights) } : []
    }

    /// Seconds until some number of rounds was run.
    func seconds(of rounds: Double?) -> Double? {
        guard let rounds, let each = rate.secondsPerRound else { return nil }
        return rounds * each
    }
}
