import Core
import Testing

/// What a proxy counted while nobody scraped it comes later, all at once, and is no surge.
@Suite struct MissedScrapeTests {
    private static let callers = (0..<3).map { "caller-\($0)" }

    /// One window of steady traffic, and what the judge says of it.
    private static func pass(
        _ mesh: inout RawMesh, _ judge: inout Judge, _ random: inout RandomStream,
        missing gone: Set<String> = []
    ) -> [JudgeOutput] {
        for name in callers {
            let n = random.poisson(25)
            mesh.count(n, .good, by: name, from: name, to: "s")
        }
        let reading = mesh.scrape(missing: gone, random: &random)
        return judge.observe(reading, now: mesh.now)
    }

    private static func start() -> (RawMesh, Judge, RandomStream) {
        var mesh = RawMesh()
        for name in callers { mesh.add(reporter: name) }
        // A hundredth of the usual period, so that what goes wrong alarms.
        let settings = JudgeSettings(falseAlarmPeriod: .seconds(15 * 2000))
        return (mesh, Judge(settings: settings), RandomStream(seed: 7))
    }

    @Test func countsStandForTheTimeSinceTheLastScrape() {
        var (mesh, judge, random) = Self.start()
        for _ in 0..<60 { _ = Self.pass(&mesh, &judge, &random) }
        // In thirds of a window.
        var exposures: [Int] = []
        let gone: [Set<String>] = [["caller-0"], ["caller-0"], ["caller-0"], [], [], []]
        for missing in gone {
            for case .window(let window) in Self.pass(&mesh, &judge, &random, missing: missing) {
                exposures.append(Int((window.services[0].exposure * 3).rounded()))
            }
        }
        // Three windows with two of three callers, then one with four windows' worth of the third.
        #expect(exposures == [2, 2, 2, 6, 3, 3])
    }

    @Test func oneScrapeInTwentyMayBeMissed() {
        var (mesh, judge, random) = Self.start()
        var alarms = 0
        for _ in 0..<4000 {
            var gone: Set<String> = []
            for name in Self.callers where random.unit() < 0.05 { gone.insert(name) }
            for case .anomaly in Self.pass(&mesh, &judge, &random, missing: gone) { alarms += 1 }
        }
        #expect(alarms == 0)
    }

    /// A client that is scraped late in each window, with a service that always gets the same.
    private struct Late {
        var mesh = MeshTraffic(pods: ["client"], start: 1_800_000_012)
        var judge = Judge()
        var random = RandomStream(seed: 11)

        mutating func scrape() -> Reading {
            mesh.send(random.poisson(150), from: "client", workload: "client", to: "shop")
            return mesh.scrape()
        }

        mutating func pass(_ windows: Int) -> [JudgeOutput] {
            var outputs: [JudgeOutput] = []
            for _ in 0..<windows { outputs += judge.observe(scrape(), now: mesh.now) }
            return outputs
        }
    }

    @Test func oneMissedScrapeInARoundIsNoHarm() {
        var late = Late()
        _ = late.pass(60)
        late.judge.beginRound(
            id: 1, policy: "p", at: late.mesh.now, namespaces: ["go-app"], sham: true)
        late.mesh.unreachable = ["client"]
        let during = late.pass(1)
        late.mesh.unreachable = []
        let after = late.pass(10)
        let exposures = (during + after).compactMap { output -> Double? in
            if case .window(let window) = output { window.services[0].exposure } else { nil }
        }
        #expect(exposures.contains(0) && exposures.contains(2), "\(exposures)")
        let verdict = late.judge.endRound(id: 1, at: late.mesh.now)
        #expect(verdict.kind == .noHarm, "\(verdict.text)")
    }

    /// Scraping goes on while the source does not answer: what it has kept comes all at once.
    @Test func whatWasKeptDuringAnOutageIsNoSurge() {
        var late = Late()
        _ = late.pass(60)
        var kept: [SampleSeries: [Sample]] = [:]
        var last: Reading?
        var outputs: [JudgeOutput] = []
        for window in 0..<9 {
            let reading = late.scrape()
            for series in reading.series {
                var name = series
                name.samples = []
                kept[name, default: []] += series.samples
            }
            last = reading
            if window < 8 {
                outputs += late.judge.unreadable(reason: "no answer", now: late.mesh.now)
            }
        }
        last?.series = kept.map { name, samples in
            var series = name
            series.samples = samples
            return series
        }
        if let last { outputs += late.judge.observe(last, now: late.mesh.now) }
        outputs += late.pass(20)
        var widest = RequestWindow(
            service: ServiceRef(namespace: "go-app", name: "shop"), index: 0)
        for case .window(let window) in outputs where window.blind == nil {
            for counts in window.services where counts.total > widest.total { widest = counts }
        }
        #expect(widest.exposure > 6.5 && widest.exposure < 9.1, "\(widest.exposure)")
        #expect(abs(widest.total / widest.exposure - 150) < 20, "\(widest.total)")
        for case .anomaly(let anomaly) in outputs { Issue.record("\(anomaly.text)") }
    }
}
