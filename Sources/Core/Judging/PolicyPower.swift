// What a policy's rounds can show about each service, from what was learned of its traffic: before
// they are run, and without pretending to know more than the traffic.

import RealModule

/// The power of one policy's rounds about one service (detection design 5.9).
package struct ServicePower: Sendable, Hashable {
    package var service: ServiceRef
    /// Responses per second, the mean of all that was learned.
    package var rate: Double
    /// Learned bad ratio, and its 99 % upper bound.
    package var baseline: Double
    package var upper: Double
    /// p*: the smallest bad ratio that one round calls harmful with probability 1 - alpha; nil when
    /// not even all bad.
    package var detectable: Double?
    /// Rounds, shams included, until the mean effect of all strikes, as large as asked, shows
    /// against the shams; nil without shams.
    package var rounds: Double?
    /// The same for the strikes of the workload that is struck least.
    package var roundsOfRarest: Double?

    /// Whether one round shows that half of all responses are bad.
    package var isObservable: Bool { detectable.map { $0 <= 0.5 } ?? false }
}

extension ServicePower {
    /// Services of the policy's namespace that `sketch` knows, sorted. `effect`: the bad ratio on
    /// top of the baseline that is to be caught. `rarest`: the share of strikes that the least
    /// struck workload gets; nil when nothing may be struck.
    package static func services(
        _ sketch: JudgeSketch, policy: Policy, effect: Double, rarest: Double?
    ) -> [ServicePower] {
        let mine = sketch.services.filter { $0.service.namespace == policy.namespace }
        let family = Double(max(mine.count, 1))
        return mine.compactMap { entry -> ServicePower? in
            guard let signal = entry.signals.first(where: { $0.signal == .badRatio }),
                let baseline = signal.baselines.first
            else { return nil }
            return ServicePower(
                entry.service, baseline, theta: signal.calibration.theta,
                shared: family * channels(entry, policy), policy: policy, effect: effect,
                rarest: rarest)
        }.sorted { $0.service < $1.service }
    }

    /// Signals of a service that share the error rate in a round: those that are armed and known.
    private static func channels(_ entry: JudgeSketch.Entry, _ policy: Policy) -> Double {
        if entry.service.isQuery { return 1 }
        let others = entry.signals.filter {
            policy.signals.istio.contains($0.signal)
                && ($0.signal == .latency || $0.signal == .connections)
        }
        return others.reduce(1) { sum, signal in
            sum + Double(signal.baselines.count { $0.isReady(JudgeSettings.WarmUp()) })
        }
    }

    /// `shared`: over how many services and signals the error rate is shared.
    private init(
        _ service: ServiceRef, _ learned: Baseline, theta: Double, shared: Double,
        policy: Policy, effect: Double, rarest: Double?
    ) {
        self.service = service
        rate = learned.seconds > 0 ? learned.seen / learned.seconds : 0
        baseline = learned.mean
        upper = learned.upper()
        let seen = Power.Requests(
            rate * policy.judge.observe.inSeconds, window: learned.windowSize, rho: learned.rho)
        let size = seen.independent
        let alpha = policy.judge.roundAlpha
        let channel = RoundSubject.Channel(
            signal: .badRatio, mean: baseline, upper: upper, rho: learned.rho, theta: theta,
            ready: learned.isReady(JudgeSettings.WarmUp()))
        detectable = Power.detectable(
            seen, p0: upper, nats: .log(shared / alpha) / max(theta, 0.05),
            confidence: 1 - alpha, gross: channel.isGross)
        guard size > 0 else { return }
        // The noise of one round's bad ratio if rounds differ by chance alone.
        let level = min(upper + effect, 0.5)
        let deviation = Double.sqrt(level * (1 - level) / size)
        func needed(_ share: Double) -> Double? {
            Power.rounds(
                effect: effect, deviation: deviation, treatedShare: share * (1 - policy.sham),
                shamShare: policy.sham
            ).map { max($0.rounded(.up), Self.fewest(sham: policy.sham)) }
        }
        rounds = needed(1)
        roundsOfRarest = rarest.flatMap { needed($0) }
    }

    /// The fewest rounds of which a permutation test can say p <= 0.01 at all: 1 / C(n, shams).
    static func fewest(sham: Double) -> Double {
        for count in 2..<1000 {
            let shams = Int((Double(count) * sham).rounded())
            let fewer = min(shams, count - shams)
            if fewer < 1 { continue }
            var ways = 1.0
            for index in 0..<fewer { ways *= Double(count - index) / Double(index + 1) }
            if ways >= 100 { return Double(count) }
        }
        return 1000
    }

    /// Responses per second with which one round shows `effect` on top of a baseline of `p0` with
    /// probability 1 - alpha, for a service alone.
    package static func rateNeeded(
        policy: Policy, effect: Double, p0: Double = 0.001
    ) -> Double? {
        let seconds = policy.judge.observe.inSeconds
        guard seconds > 0 else { return nil }
        return Power.requests(
            toShow: min(p0 + effect, 1), p0: p0, nats: -.log(policy.judge.roundAlpha),
            confidence: 1 - policy.judge.roundAlpha
        ).map { $0 / seconds }
    }
}
