// The e-process of one service during one round: evidence that it is worse than before, over all
// its signals, and what its silence is worth.

import RealModule

/// Evidence of one service from a known start (detection design 5.7 and 5.8).
package struct RoundProcess: Sendable, Hashable {
    /// Sums and evidence of one channel.
    private struct Channel: Sendable, Hashable {
        let baseline: RoundSubject.Channel
        let grid: AlternativeGrid
        var nats = SIMD8<Double>(repeating: 0)
        /// ln E, tempered by theta.
        var evidence = 0.0
        var requests = 0.0
        var bad = 0.0
        var excess = 0.0
        var squares = 0.0
    }

    /// What is tested.
    package let subject: RoundSubject
    private var channels: [Channel]
    private var traffic: RoundTraffic?
    /// ln of the mean of E over the channels; frozen once `isStopped`.
    package private(set) var evidence = 0.0
    package private(set) var isStopped = false
    package private(set) var windows = 0
    package private(set) var blind = 0

    init(_ subject: RoundSubject) {
        self.subject = subject
        channels = subject.channels.map { Channel(baseline: $0, grid: $0.grid) }
        traffic = subject.traffic.map { RoundTraffic($0) }
    }

    /// Responses, and bad ones beyond the baseline.
    package var requests: Double { channels.first?.requests ?? 0 }
    package var excess: Double { channels.first?.excess ?? 0 }

    /// Adds one window. Per channel, E is the mean over the alternatives of the products of
    /// likelihood ratios; E^theta with theta <= 1 stays an e-process (Jensen) and allows for bursts
    /// (5.5). Channels are averaged, never multiplied: they are not independent. The process stops
    /// where it alone reaches `stop` nats, so that later recovery cannot undo it: stopped
    /// e-processes on one filtration remain e-values (Wang and Ramdas, arXiv:2009.02824).
    mutating func observe(
        _ window: RequestWindow, stop: Double, isUpstream: Bool = false
    ) {
        windows += 1
        if window.blind != nil {
            blind += 1
            return
        }
        let isTesting = !isStopped && !subject.broken
        // Nil when too little time was seen: a late scrape is no silence.
        let arrived = window.arrived
        if let arrived { traffic?.count(arrived) }
        for index in channels.indices {
            let baseline = channels[index].baseline
            let (total, bad) = baseline.count(window)
            if total <= 0 { continue }
            channels[index].requests += total
            channels[index].bad += bad
            channels[index].squares += total * total
            channels[index].excess += max(0, bad - total * baseline.mean)
            guard isTesting else { continue }
            let grid = channels[index].grid
            channels[index].nats += grid.logRatios(total: total, bad: bad)
            channels[index].evidence =
                grid.count == 0
                ? -.infinity : baseline.tempered * grid.logMean(channels[index].nats)
        }
        guard isTesting else { return }
        // Where whoever calls the service lost traffic itself, the cause lies upstream.
        if !isUpstream, let arrived { traffic?.weigh(arrived) }
        evidence = combined
        isStopped = evidence >= stop
    }

    private var combined: Double {
        var top = traffic?.evidence ?? -Double.infinity
        for channel in channels { top = max(top, channel.evidence) }
        guard top.isFinite else { return top }
        var sum = traffic.map { Double.exp($0.evidence - top) } ?? 0
        for channel in channels { sum += .exp(channel.evidence - top) }
        return top + .log(sum / subject.signalCount)
    }

    /// Whether the loss of traffic is the strongest evidence.
    private var isTrafficTop: Bool {
        guard let traffic, traffic.evidence > 0 else { return false }
        return channels.allSatisfy { $0.evidence < traffic.evidence }
    }

    /// The numbers of the channel with the most evidence.
    func evidence(threshold: Double) -> Evidence {
        if let traffic, isTrafficTop {
            return traffic.evidence(
                of: subject.service, nats: evidence, threshold: threshold)
        }
        var best: Channel?
        for channel in channels where channel.evidence > best?.evidence ?? -.infinity {
            best = channel
        }
        let baseline = best?.baseline ?? subject.channels.first
        let requests = best?.requests ?? 0
        let bad = best?.bad ?? 0
        return Evidence(
            service: subject.service, signal: baseline?.signal ?? .badRatio,
            before: baseline?.mean ?? 0, baselineUpper: baseline?.upper ?? 1,
            now: requests > 0 ? bad / requests : 0, requests: requests, bad: bad,
            excess: best?.excess ?? 0, nats: evidence, threshold: threshold)
    }

    /// The numbers of each signal by itself; of latency the bound with the most evidence.
    func signals(threshold: Double) -> [Evidence] {
        var best: [Channel] = []
        for channel in channels {
            let signal = channel.baseline.signal
            guard let at = best.firstIndex(where: { $0.baseline.signal == signal }) else {
                best.append(channel)
                continue
            }
            if channel.evidence > best[at].evidence { best[at] = channel }
        }
        let ratios = best.map { channel in
            Evidence(
                service: subject.service, signal: channel.baseline.signal,
                before: channel.baseline.mean, baselineUpper: channel.baseline.upper,
                now: channel.requests > 0 ? channel.bad / channel.requests : 0,
                requests: channel.requests, bad: channel.bad, excess: channel.excess,
                nats: channel.evidence, threshold: threshold)
        }
        return ratios
            + [traffic].compactMap {
                $0?.evidence(
                    of: subject.service, nats: $0?.evidence ?? 0, threshold: threshold)
            }
    }

    /// The bad ratio that would have been called harmful with probability `power`, and that the
    /// data themselves leave room for: the larger of p* (5.9) and the upper confidence bound at
    /// 1 - `alpha`; nil when nothing would have been. The channels share the error rate.
    /// `isRaised` is false to ask the same of thresholds that no blamed sham raised.
    func bound(alpha: Double, power: Double, isRaised: Bool = true) -> Double? {
        // A gauge has no bad ratio that a verdict could bound.
        guard !subject.broken, !subject.service.isGauge, windows > 0,
            Double(blind) <= 0.25 * Double(windows),
            let channel = channels.first, channel.requests > 0, !channel.baseline.isNoisy
        else { return nil }
        let baseline = channel.baseline
        let windowSize = channel.squares / channel.requests
        // Independent requests that the seen ones are worth.
        let seen = Power.Requests(channel.requests, window: windowSize, rho: baseline.rho)
        let size = seen.independent
        let theta = isRaised ? baseline.tempered : baseline.theta
        let nats = Double.log(subject.signalCount / alpha) / max(theta, 0.05)
        guard
            let detectable = Power.detectable(
                seen, p0: baseline.upper, nats: nats, confidence: power, gross: baseline.isGross)
        else { return nil }
        let share = size * channel.bad / channel.requests
        let confidence = BetaFunctions.inverse(1 - alpha, share + 1, size - share)
        let bound = max(detectable, confidence)
        let honest = baseline.ready ? bound : max(bound, 0.5)
        return honest < 0.9 ? honest : nil
    }

    /// The counts of each signal for the journal, the bad ratio first; of latency, those above the
    /// bound with the most evidence; of traffic only when its loss is the harm. `bound` is of the
    /// bad ratio.
    func measured(harmed: Bool, bound: Double?) -> [ServiceOutcome] {
        var best: [Channel] = []
        for channel in channels {
            let signal = channel.baseline.signal
            if let at = best.firstIndex(where: { $0.baseline.signal == signal }) {
                if channel.evidence > best[at].evidence { best[at] = channel }
            } else {
                best.append(channel)
            }
        }
        let top = best.indices.max { best[$0].evidence < best[$1].evidence }
        let lost = isTrafficTop ? traffic : nil
        let ratios = best.indices.map { index in
            let channel = best[index]
            return ServiceOutcome(
                service: subject.service, signal: channel.baseline.signal,
                requests: channel.requests, bad: channel.bad,
                expected: channel.requests * channel.baseline.mean,
                nats: channel.evidence.isFinite ? channel.evidence : 0,
                harmed: harmed && index == top && lost == nil, wasBroken: subject.broken,
                bound: index == 0 ? bound : nil)
        }
        guard harmed, let lost else { return ratios }
        return ratios + [
            ServiceOutcome(
                service: subject.service, signal: .traffic, requests: lost.requests,
                bad: lost.missing, expected: 0, nats: lost.evidence, harmed: true,
                wasBroken: subject.broken, bound: nil)
        ]
    }
}
