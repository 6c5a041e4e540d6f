// Whether the traffic of a namespace is enough for a round to show anything, and what one could
// show of each service: before it is run.

import RealModule

/// What a round asks of one service: the same as `RoundProcess` makes of alpha and theta.
struct RoundBar: Sendable {
    /// The error rate that is left for one service.
    var alpha: Double
    /// What thresholds are multiplied by while shams were blamed too often.
    var factor: Double

    /// The evidence, before it is tempered, that one of so many signals needs.
    func nats(signals: Double, theta: Double) -> Double {
        .log(signals / alpha) / max(theta / factor, 0.05)
    }
}

extension ServiceJudge {
    /// The signal that a round would judge the service by, and what counts for it.
    private var main: (judge: SignalJudge, count: (RequestWindow) -> Double) {
        hasResponses ? (errors, { $0.total }) : (connections, { $0.connections })
    }

    /// p* of one round of `settings.observe` at the recent traffic; nil when not even all bad
    /// would show. While the baseline is still learned: p* once it is known, if 1 % are bad at
    /// most.
    func foreseen(_ bar: RoundBar, settings: JudgeSettings) -> Double? {
        let (judge, count) = main
        let track = judge.tracks[0]
        if track.ready {
            return statuses(alarmNats: 0, bar: bar, settings: settings)
                .first { $0.signal == judge.signal }?.minimumDetectable
        }
        let seeing = recent.filter { $0.blind == nil }
        guard !seeing.isEmpty else { return nil }
        let perWindow = seeing.reduce(0) { $0 + count($1) } / Double(seeing.count)
        let windows = settings.observe.inSeconds / max(settings.interval.inSeconds, 1e-3)
        return Power.detectable(
            Power.Requests(perWindow * windows, window: perWindow, rho: track.rho),
            p0: min(track.upper, Self.usual),
            nats: bar.nats(signals: 1, theta: judge.calibration.theta),
            confidence: 1 - settings.roundAlpha)
    }

    /// Whether such a p* shows enough of the service.
    fileprivate func isEnough(_ foreseen: Double) -> Bool {
        let track = main.judge.tracks[0]
        return ServiceStatus.isEnough(foreseen, upper: track.upper, ready: track.ready)
    }

    /// The upper bound that a service is assumed to have once it is known.
    private static let usual = 0.01

    /// Requests (or connections) in the windows kept that could be seen, and how many of these
    /// there are.
    fileprivate var recentCount: (requests: Double, windows: Int) {
        let count = main.count
        let seeing = recent.filter { $0.blind == nil }
        return (seeing.reduce(0) { $0 + count($1) }, seeing.count)
    }
}

extension Judge {
    /// What a round that tests so many services asks of each, at the thresholds in force.
    func roundBar(of tested: Int) -> RoundBar {
        RoundBar(
            alpha: settings.roundAlpha / Double(max(tested, 1)),
            factor: max(shams.thresholdFactor(alpha: settings.roundAlpha), 1))
    }

    /// Services that a round in a namespace tests, signals in PromQL and gauges among them.
    private func tested(in namespace: String) -> Int {
        services.values.count { $0.isMeasured && $0.service.namespace == namespace }
    }

    /// p* of a round of `observe` in a namespace, of each service that it would test, the smallest
    /// first: what it could show if it began now. At most `ForeseenPower.limit` services.
    package func foreseen(in namespace: String, observe: Duration) -> [ForeseenPower] {
        let mine = services.values.filter {
            $0.isMeasured && $0.service.namespace == namespace && !$0.service.isGauge
        }
        let bar = roundBar(of: tested(in: namespace))
        let found = mine.map { judge in
            var own = settings(of: judge.service)
            own.observe = observe
            let status = judge.statuses(
                alarmNats: 0, bar: bar, settings: own)
            return ForeseenPower(
                service: judge.service,
                detectable: status.lazy.compactMap(\.minimumDetectable).first)
        }
        return Array(found.sorted().prefix(ForeseenPower.limit))
    }

    /// Why no round in a namespace could show anything: its services have too few requests, or fail
    /// most of them already, in words for people. Nil when one could, once everything is learned;
    /// and while that cannot be told, before `watched` windows were seen or when most of the recent
    /// ones were blind.
    package func scantTraffic(in namespace: String, watched: Int) -> String? {
        guard watched >= settings.warmUp.windows else { return nil }
        let mine = services.values.filter {
            $0.isMeasured && $0.service.namespace == namespace && !$0.service.isQuery
        }.sorted { $0.service < $1.service }
        let own = settings(of: ServiceRef(namespace: namespace, name: ""))
        let bar = roundBar(of: tested(in: namespace))
        var requests = 0.0
        var windows = mine.isEmpty ? watched : 0
        var best: (ratio: Double, service: ServiceRef)?
        for judge in mine {
            let recent = judge.recentCount
            // Of a service that nobody counts any more there is no window: nobody calls it.
            if !judge.recent.isEmpty, recent.windows < settings.warmUp.windows / 2 { return nil }
            if let ratio = judge.foreseen(bar, settings: own) {
                if judge.isEnough(ratio) { return nil }
                if best.map({ ratio < $0.ratio }) ?? true { best = (ratio, judge.service) }
            }
            requests += recent.requests
            windows = max(windows, recent.windows)
        }
        if windows == 0 { windows = watched }
        let time = (settings.interval * min(windows, ServiceJudge.memory)).human
        let round = own.observe.human
        let counted =
            mine.isEmpty
            ? "no request to any service of \(namespace) was counted"
            : "\(Wording.plural(Int(min(requests, 1e15)), "request")) to "
                + "\(Wording.plural(mine.count, "service")) of \(namespace)"
        let shown =
            best.map {
                "the smallest change that would show in a round of \(round) is "
                    + "\(Wording.percent($0.ratio)) bad, at \($0.service.name)"
            } ?? "not even a total failure would show in a round of \(round)"
        let failing = mine.filter { $0.track.ready && $0.track.mean > 0.5 }
        if !failing.isEmpty, failing.count == mine.count {
            let names = failing.prefix(3).map(\.service.name).joined(separator: ", ")
            return "no harm could be seen where most requests fail already, which is taken for "
                + "normal: \(names)"
        }
        return "too little traffic to see harm: \(counted) in the last \(time); \(shown)"
    }
}
