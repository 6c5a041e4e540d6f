// Work whose cost is measured: detectors alone, and the whole judge from raw counters. It keeps no
// time itself.

/// Detectors of the bad ratio with a learned past, each given one more window a step.
package struct DetectorLoad: Sendable {
    private var judges: [SignalJudge] = []
    private var random = RandomStream(seed: 7)
    private var window: Int64
    private var counts: [SignalJudge.Count] = []
    private let settings = JudgeSettings()

    /// `series` of them at 10 requests a second, 0.1 % bad.
    package init(series: Int) {
        var traffic = SteadyTraffic(size: 150, ratio: 0.001)
        for _ in 0..<4096 { counts.append(traffic.next(&random)) }
        let past = counts.prefix(64)
        window = Int64(past.count)
        let instants = SignalJudge.Instants(
            interval: settings.interval, detected: Timestamp(nanoseconds: 0))
        judges.reserveCapacity(series)
        // Each learns by itself: copies would share their memory.
        for index in 0..<series {
            var judge = SignalJudge(
                service: RawMesh.service("s\(index)"), signal: .badRatio,
                tracks: [RatioTrack(.failures)])
            for (at, count) in past.enumerated() {
                _ = judge.observe(
                    [count], window: Int64(at), clean: true, alarmNats: 20, settings: settings,
                    instants: instants)
            }
            judges.append(judge)
        }
    }

    /// One window of every series; the number of alarms.
    package mutating func step() -> Int {
        let instants = SignalJudge.Instants(
            interval: settings.interval, detected: Timestamp(nanoseconds: 0))
        window += 1
        var alarms = 0
        let offset = Int(window) * 31
        for index in judges.indices {
            let change = judges[index].observe(
                [counts[(index + offset) % counts.count]], window: window, clean: true,
                alarmNats: 30, settings: settings, instants: instants)
            if case .alarmed = change { alarms += 1 }
        }
        return alarms
    }
}

/// A judge with a learned past and the readings that it is to be given, one a step.
package struct JudgeLoad: Sendable {
    private var judge = Judge()
    private var readings: [(reading: Reading, now: Timestamp)] = []
    private var at = 0
    /// Raw counters in a reading.
    package var counters: Int { readings.first?.reading.series.count ?? 0 }
    package let services: Int

    /// `services` that `callers` workloads call each, from ten proxies in all; `steps` readings are
    /// kept, before them the judge learns 45.
    package init(services: Int, callers: Int, steps: Int) {
        self.services = services
        var random = RandomStream(seed: 7)
        var mesh = RawMesh()
        for proxy in 0..<10 { mesh.add(reporter: "proxy-\(proxy)") }
        for step in 0..<(45 + steps) {
            for service in 0..<services {
                for caller in 0..<callers {
                    // One counter in fifty counts failures.
                    mesh.count(
                        random.poisson(30), (service + caller) % 50 == 49 ? .error : .good,
                        by: "proxy-\((service + caller) % 10)", from: "caller-\(caller)",
                        to: "s\(service)")
                }
            }
            let reading = mesh.scrape(random: &random)
            if step < 45 {
                _ = judge.observe(reading, now: mesh.now)
            } else {
                readings.append((reading, mesh.now))
            }
        }
    }

    /// Gives the judge the next reading; the number of windows that it closed.
    package mutating func step() -> Int {
        guard at < readings.count else { return 0 }
        let next = readings[at]
        at += 1
        return judge.observe(next.reading, now: next.now).count {
            if case .window = $0 { true } else { false }
        }
    }
}
