// Turns the state of a service's judges into what metrics and status pages show.

import RealModule

extension ServiceJudge {
    /// Anomalies that began to be seen in window `index`.
    func opened(at index: Int64) -> [Anomaly] {
        var found: [Anomaly] = []
        if let open = errors.open, open.detected == index { found.append(open.anomaly) }
        if let open = traffic.open, open.detected == index { found.append(open.anomaly) }
        if let open = latency.judge.open, open.detected == index { found.append(open.anomaly) }
        if let open = connections.open, open.detected == index { found.append(open.anomaly) }
        return found
    }

    /// One status per signal that has data. `bar`: what a round asks of one signal of one service.
    func statuses(
        alarmNats: Double, bar: RoundBar, settings: JudgeSettings
    ) -> [ServiceStatus] {
        var found = [status(of: errors, track: track, alarmNats: alarmNats)]
        found[0].ratio = lastSeen.map { $0.bad / $0.total }
        found[0].minimumDetectable = detectable(
            errors, per: \.total, bar: bar, settings: settings)
        if traffic.windows > 0 { found.append(trafficStatus(alarmNats, settings)) }
        if let slowest = latency.judge.tracks.last {
            found.append(status(of: latency.judge, track: slowest, alarmNats: alarmNats))
            found[found.count - 1].blind =
                recent.last.flatMap { $0.blind ?? $0.latencyBlind } ?? latency.blind
            if let last = lastSeen, let total = last.latency.last?.count, total > 0,
                let bound = latency.bounds.last,
                let below = last.latency.first(where: { $0.bound == bound })
            {
                found[found.count - 1].ratio = 1 - below.count / total
            }
        }
        if connections.tracks[0].baseline.seen > 0 {
            found.append(
                status(of: connections, track: connections.tracks[0], alarmNats: alarmNats))
            let last = found.count - 1
            found[last].blind = recent.last.flatMap { $0.blind ?? $0.connectionsBlind }
            if !hasResponses {
                found[last].minimumDetectable = detectable(
                    connections, per: \.connections, bar: bar, settings: settings)
            }
        }
        return found
    }

    private func status(
        of judge: SignalJudge, track: RatioTrack, alarmNats: Double
    ) -> ServiceStatus {
        let theta = judge.calibration.theta
        return ServiceStatus(
            service: service, signal: judge.signal, ratio: nil, baseline: track.mean,
            baselineUpper: track.upper, rho: track.rho, theta: theta, nats: judge.statistic,
            threshold: alarmNats / theta, minimumDetectable: nil, ready: track.ready,
            unready: track.unready, isRelearning: track.isRelearning,
            blind: recent.last?.blind, silentWindows: silentWindows,
            lastWindow: recent.last,
            anomaly: judge.open?.anomaly)
    }

    private func trafficStatus(_ alarmNats: Double, _ settings: JudgeSettings) -> ServiceStatus {
        let theta = traffic.calibration.theta
        let ratio = recent.last.flatMap {
            traffic.expected > 0 ? $0.total / traffic.expected : nil
        }
        return ServiceStatus(
            service: service, signal: .traffic, ratio: ratio, baseline: 1, baselineUpper: 1,
            rho: 0, theta: theta, nats: traffic.statistic, threshold: alarmNats / theta,
            minimumDetectable: nil, ready: traffic.isReady(settings),
            unready: traffic.isReady(settings) ? nil : "warming up", blind: recent.last?.blind,
            silentWindows: silentWindows, lastWindow: recent.last,
            anomaly: traffic.open?.anomaly)
    }

    /// p* of a round of `settings.observe` at the recent traffic, counted by `count`: what the same
    /// round would be judged by.
    private func detectable(
        _ judge: SignalJudge, per count: KeyPath<RequestWindow, Double>, bar: RoundBar,
        settings: JudgeSettings
    ) -> Double? {
        let tested = subject(settings, thresholdFactor: bar.factor).signalCount
        let channel = RoundSubject.Channel(
            signal: judge.signal, track: judge.tracks[0], theta: judge.calibration.theta,
            factor: bar.factor)
        let seeing = recent.filter { $0.blind == nil }
        guard !seeing.isEmpty else { return nil }
        let perWindow = seeing.reduce(0) { $0 + $1[keyPath: count] } / Double(seeing.count)
        let expected =
            perWindow * settings.observe.inSeconds / max(settings.interval.inSeconds, 1e-3)
        return Power.detectable(
            Power.Requests(expected, window: perWindow, rho: channel.rho), p0: channel.upper,
            nats: bar.nats(signals: tested, theta: channel.theta),
            confidence: 1 - settings.roundAlpha, gross: channel.isGross)
    }
}

extension Judge {
    /// One status per measured service and signal that may raise anomalies, in order of services;
    /// the bad ratio first.
    package var statuses: [ServiceStatus] {
        learned.filter { settings(of: $0.service).signals.contains($0.signal) }
    }

    /// The same for every signal that has data, armed or not.
    package var learned: [ServiceStatus] {
        let nats = alarmNats
        let measured = services.values.filter(\.isMeasured).sorted { $0.service < $1.service }
        // A round tests the services of its namespace.
        let tested = Dictionary(grouping: measured, by: \.service.namespace).mapValues(\.count)
        return measured.flatMap {
            $0.statuses(
                alarmNats: nats, bar: roundBar(of: tested[$0.service.namespace] ?? 1),
                settings: settings(of: $0.service))
        }
    }
}
