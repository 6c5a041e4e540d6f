// The judge of one service: its signals, and the recent windows that the service graph is read
// from.

import RealModule

/// State per service (detection design 5.0).
package struct ServiceJudge: Sendable {
    package let service: ServiceRef
    package internal(set) var errors: SignalJudge
    package internal(set) var connections: SignalJudge
    package internal(set) var latency: LatencyJudge
    package internal(set) var traffic: TrafficJudge
    /// Oldest first; `memory` of them at least once that many were seen.
    package private(set) var recent: [RequestWindow] = []
    /// The last window with responses.
    package private(set) var lastSeen: RequestWindow?
    /// Windows in a row without a response.
    package private(set) var silentWindows = 0

    /// Windows kept for the service graph.
    static let memory = 48

    init(service: ServiceRef) {
        self.service = service
        errors = SignalJudge(
            service: service, signal: .badRatio, tracks: [RatioTrack(.failures)])
        connections = SignalJudge(
            service: service, signal: .connections, tracks: [RatioTrack(.failures)])
        latency = LatencyJudge(service: service)
        traffic = TrafficJudge(service: service)
    }

    /// Starts from what the journal kept.
    init(restoring entry: JudgeSketch.Entry, settings: JudgeSettings) {
        self.init(service: entry.service)
        for sketch in entry.signals {
            switch sketch.signal {
            case .badRatio: errors = restored(sketch, .failures, settings)
            case .connections: connections = restored(sketch, .failures, settings)
            case .latency:
                latency = LatencyJudge(
                    service: service, bounds: sketch.bounds,
                    tracks: sketch.baselines.map { RatioTrack(.exceedances, baseline: $0) },
                    calibration: sketch.calibration)
                latency.refresh(settings)
            case .traffic:
                traffic = TrafficJudge(
                    service: service, season: sketch.season, calibration: sketch.calibration)
            }
        }
    }

    private func restored(
        _ sketch: JudgeSketch.SignalSketch, _ alternatives: RatioTrack.Alternatives,
        _ settings: JudgeSettings
    ) -> SignalJudge {
        var judge = SignalJudge(
            service: service, signal: sketch.signal,
            tracks: sketch.baselines.prefix(1).map { RatioTrack(alternatives, baseline: $0) },
            calibration: sketch.calibration)
        if judge.tracks.isEmpty { return judge.signal == .badRatio ? errors : connections }
        judge.refresh(settings)
        return judge
    }

    /// What the journal keeps; the level of traffic is learned anew, its season is not.
    var sketch: JudgeSketch.Entry {
        var signals = [Self.sketch(of: errors, bounds: [])]
        if connections.tracks[0].baseline.seen > 0 {
            signals.append(Self.sketch(of: connections, bounds: []))
        }
        if !latency.bounds.isEmpty {
            signals.append(Self.sketch(of: latency.judge, bounds: latency.bounds))
        }
        if let season = traffic.season {
            signals.append(
                JudgeSketch.SignalSketch(
                    signal: .traffic, bounds: [], baselines: [],
                    calibration: traffic.calibration, season: season))
        }
        return JudgeSketch.Entry(service: service, signals: signals)
    }

    private static func sketch(
        of judge: SignalJudge, bounds: [Double]
    ) -> JudgeSketch.SignalSketch {
        JudgeSketch.SignalSketch(
            signal: judge.signal, bounds: bounds, baselines: judge.tracks.map(\.baseline),
            calibration: judge.calibration)
    }

    /// Takes what is known of the other services of the namespace.
    mutating func share(_ errors: BaselinePrior?, _ connections: BaselinePrior?) {
        if let errors { self.errors.share(errors) }
        if let connections { self.connections.share(connections) }
    }

    /// A new version of what answers.
    mutating func rollOut(_ settings: JudgeSettings, at time: Timestamp) {
        let window = time.nanoseconds / max(settings.interval.nanoseconds, 1)
        errors.rollOut(settings, window: window)
        connections.rollOut(settings, window: window)
        latency.judge.rollOut(settings, window: window)
    }

    /// Whether it ever had requests or connections.
    package var isMeasured: Bool { hasResponses || connections.tracks[0].baseline.seen > 0 }

    /// Whether responses of it were ever counted; behind a ztunnel alone only connections are.
    var hasResponses: Bool { lastSeen != nil || track.baseline.seen > 0 }

    /// The track of the bad ratio.
    package var track: RatioTrack { errors.tracks[0] }

    /// Series with a detector that may alarm, for the family over which false alarms are counted.
    func series(_ signals: [Signal]) -> Int {
        var count = 0
        if signals.contains(.badRatio), isMeasured { count += 1 }
        if signals.contains(.traffic), isMeasured { count += 1 }
        if signals.contains(.latency), !latency.bounds.isEmpty { count += 1 }
        if signals.contains(.connections), connections.tracks[0].baseline.seen > 0 { count += 1 }
        return count
    }

    /// The anomalies under way, in the order of `Signal`.
    package var open: [Anomaly] {
        [
            errors.open?.anomaly, traffic.open?.anomaly, latency.judge.open?.anomaly,
            connections.open?.anomaly,
        ].compactMap { $0 }
    }

    /// Who called it lately.
    var callers: Set<ServiceEdge> {
        var found: Set<ServiceEdge> = []
        for window in recent {
            for counts in window.edges where counts.total > 0 { found.insert(counts.edge) }
        }
        return found
    }

    /// Keeps a window and notes whether it had responses.
    mutating func remember(_ window: RequestWindow) {
        recent.append(window)
        if recent.count >= 2 * Self.memory { recent.removeFirst(recent.count - Self.memory) }
        guard window.blind == nil else { return }
        if window.total > 0 {
            lastSeen = window
            silentWindows = 0
        } else {
            silentWindows += 1
        }
    }

    /// Adds one window to the signals that may alarm or are armed for show. Signals outside
    /// `settings.signals` are learned with an unreachable threshold. Where another instance leads
    /// (`isStandby`) the level of traffic stands still, so only an open change is followed.
    mutating func observe(
        _ window: RequestWindow, clean: Bool, alarmNats: Double, settings: JudgeSettings,
        instants: SignalJudge.Instants, isStandby: Bool = false, callersFell: () -> Bool
    ) -> [SignalJudge.Change] {
        func threshold(_ signal: Signal) -> Double {
            settings.signals.contains(signal) ? alarmNats : .infinity
        }
        var changes: [SignalJudge.Change] = []
        func note(_ change: SignalJudge.Change) {
            if case .none = change { return }
            changes.append(change)
        }
        if window.blind != nil {
            errors.skip()
            connections.skip()
        } else {
            note(
                errors.observe(
                    [.init(total: window.total, bad: window.bad)], window: window.index,
                    clean: clean, alarmNats: threshold(.badRatio), settings: settings,
                    instants: instants))
            let opened = window.connections
            if window.connectionsBlind != nil {
                connections.skip()
            } else if opened > 0 {
                note(
                    connections.observe(
                        [.init(total: opened, bad: window.failedConnections)],
                        window: window.index, clean: clean, alarmNats: threshold(.connections),
                        settings: settings, instants: instants))
            }
        }
        if !isStandby || traffic.open != nil {
            note(
                traffic.observe(
                    window.perExposure, clean: clean, alarmNats: threshold(.traffic),
                    settings: settings, instants: instants, callersFell: callersFell))
        }
        note(
            latency.observe(
                window, clean: clean, alarmNats: threshold(.latency), settings: settings,
                instants: instants))
        return changes
    }

    /// Whether traffic is at less than half of what is expected.
    var hasFallen: Bool {
        if traffic.hasDropped { return true }
        guard let arrived = recent.last?.arrived, traffic.expected > 1 else { return false }
        return arrived < 0.5 * traffic.expected
    }

    /// The subject of a round's test: every armed signal that has a known baseline, the bad ratio
    /// first and always where there are responses. `thresholdFactor` raises the thresholds.
    func subject(_ settings: JudgeSettings, thresholdFactor: Double) -> RoundSubject {
        let signals = settings.signals
        let factor = max(thresholdFactor, 1)
        var channels: [RoundSubject.Channel] = []
        if hasResponses || !connections.tracks[0].ready {
            channels.append(
                RoundSubject.Channel(
                    signal: .badRatio, track: track, theta: errors.calibration.theta,
                    factor: factor))
        }
        if signals.contains(.connections), connections.tracks[0].ready, connections.open == nil {
            channels.append(
                RoundSubject.Channel(
                    signal: .connections, track: connections.tracks[0],
                    theta: connections.calibration.theta, factor: factor))
        }
        if signals.contains(.latency), latency.judge.open == nil {
            for (bound, track) in zip(latency.bounds, latency.judge.tracks) where track.ready {
                channels.append(
                    RoundSubject.Channel(
                        signal: .latency, bound: bound, track: track,
                        theta: latency.judge.calibration.theta, factor: factor))
            }
        }
        var expected: RoundTraffic.Expected?
        if signals.contains(.traffic), traffic.open == nil, traffic.isReady(settings) {
            expected = traffic.roundLevel(thresholdFactor: factor)
        }
        return RoundSubject(
            service: service, channels: channels, traffic: expected, broken: errors.open != nil)
    }

    /// Whether an anomaly under way was detected in window `index` or later.
    func hasOpened(since index: Int64) -> Bool {
        [
            errors.open?.detected, traffic.open?.detected, latency.judge.open?.detected,
            connections.open?.detected,
        ].contains { $0.map { $0 >= index } ?? false }
    }
}
