// Draws a journaled round again from its seed and compares every step. It needs no cluster: what
// was drawn from is in the plan.

/// A round drawn again.
package struct Redraw: Sendable, Hashable {
    /// One roll.
    package struct Step: Sendable, Hashable {
        /// `seed`, `sham`, `fault`, `eligible`, `workload` or `pod`.
        package var name: String
        /// The random value, or the place that it chose, e.g. `0.4412 < 0.2: no`.
        package var roll: String
        package var recorded: String
        /// What the roll gives now; nil when too little was kept to tell.
        package var redrawn: String?

        /// Nil when it could not be drawn again.
        package var agrees: Bool? { redrawn.map { $0 == recorded } }
    }

    package var steps: [Step]

    /// Nothing contradicts the record.
    package var agrees: Bool { steps.allSatisfy { $0.agrees ?? true } }
    /// Every step could be drawn again.
    package var isComplete: Bool { steps.allSatisfy { $0.agrees != nil } }
}

extension Plan {
    /// Draws `planned` again from its seed. The order of the rolls is the one of `Plan.init`.
    /// `daemonSeed`, when it is known, must give the round's seed.
    package static func redraw(_ planned: Planned, daemonSeed: UInt64? = nil) -> Redraw {
        var random = RandomStream(seed: planned.seed)
        let shamRoll = random.unit()
        let faultRoll = random.unit()
        return Redraw(
            steps: [
                seedStep(planned, daemonSeed), shamStep(planned, shamRoll),
                faultStep(planned, faultRoll),
            ].compactMap(\.self) + targetSteps(planned, &random))
    }

    private static func seedStep(_ planned: Planned, _ daemonSeed: UInt64?) -> Redraw.Step? {
        guard let daemonSeed else { return nil }
        let number = UInt64(bitPattern: Int64(planned.round))
        return Redraw.Step(
            name: "seed", roll: "\(daemonSeed), \(planned.policy), \(number)",
            recorded: String(planned.seed),
            redrawn: String(RandomStream.fork(daemonSeed, planned.policy, number)))
    }

    private static func shamStep(_ planned: Planned, _ roll: Double) -> Redraw.Step {
        let isSham = roll < planned.shamProbability
        return Redraw.Step(
            name: "sham",
            roll: "\(roll) \(isSham ? "<" : ">=") \(planned.shamProbability)",
            recorded: planned.assignment == .sham ? "sham" : "strike",
            redrawn: isSham ? "sham" : "strike")
    }

    private static func faultStep(_ planned: Planned, _ roll: Double) -> Redraw.Step {
        var step = Redraw.Step(
            name: "fault", roll: "\(roll)",
            recorded: describe(planned.fault, planned.faultProbability))
        guard let pool = planned.pool else { return step }
        let drawn = fault(pool.faults.map(\.weight), roll)
        step.redrawn = drawn.map { describe(pool.faults[$0.index].kind, $0.probability) } ?? "none"
        return step
    }

    private static func targetSteps(
        _ planned: Planned, _ random: inout RandomStream
    ) -> [Redraw.Step] {
        let target = planned.target
        let size = "\(planned.eligiblePods) pods of \(planned.eligibleWorkloads) workloads"
        var pool = Redraw.Step(
            name: "eligible", roll: "kept in the plan", recorded: size)
        var workload = Redraw.Step(
            name: "workload", roll: "", recorded: target.workload?.description ?? "none")
        var pod = Redraw.Step(
            name: "pod", roll: "", recorded: describe(target.name, planned.targetProbability))
        guard let candidates = planned.pool?.candidates else {
            pool.roll =
                planned.pool == nil
                ? "not kept by the version that planned it"
                : "not kept: more than \(DrawPool.limit) pods"
            return [pool, workload, pod]
        }
        let sizes = candidates.map(\.pods.count)
        pool.redrawn = "\(sizes.reduce(0, +)) pods of \(sizes.count) workloads"
        guard let choose = planned.pool?.choose, !sizes.isEmpty, !sizes.contains(0) else {
            workload.redrawn = "nothing to draw from"
            pod.redrawn = "nothing to draw from"
            return [pool, workload, pod]
        }
        let place = DrawPlace(sizes, choose, &random)
        let chosen = candidates[place.group]
        workload.roll = "number \(place.group + 1) of \(sizes.count)"
        workload.redrawn = chosen.workload?.description ?? "none"
        pod.roll = "number \(place.member + 1) of \(chosen.pods.count)"
        pod.redrawn = describe(chosen.pods[place.member], place.probability)
        return [pool, workload, pod]
    }

    private static func describe(_ name: String, _ probability: Double) -> String {
        "\(name) (chance \(probability))"
    }
}
