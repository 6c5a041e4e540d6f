// Whole stories on a synthetic mesh: what the judge says when a database dies, when nothing
// happens, when it cannot see.

import Core
import Testing

/// client -> repeater -> go-app -> go-app-db, two proxies each except the database.
struct Story {
    var mesh: MeshTraffic
    var judge: Judge
    var random = RandomStream(seed: 42)
    var databaseWorks = true
    /// Requests a window.
    var load = 150.0
    var outputs: [JudgeOutput] = []

    init(interval: Duration = .seconds(15), load: Double = 150) {
        mesh = MeshTraffic(
            pods: ["client", "repeater-0", "repeater-1", "app-0", "app-1", "db-0"],
            interval: interval)
        judge = Judge(settings: JudgeSettings(interval: interval, washout: .seconds(60)))
        self.load = load
    }

    /// One window of traffic and one reading.
    mutating func pass(_ windows: Int = 1) {
        for _ in 0..<windows {
            let n = random.poisson(load)
            let noise = random.binomial(n, 0.001)
            let failed = databaseWorks ? noise : n
            mesh.send(n - failed, from: "client", workload: "client", to: "repeater")
            mesh.send(failed, from: "client", workload: "client", to: "repeater", code: "500")
            for (index, share) in [0.5, 0.5].enumerated() {
                let part = (n * share).rounded()
                let bad = (failed * share).rounded()
                mesh.send(part - bad, from: "repeater-\(index)", workload: "repeater", to: "go-app")
                mesh.send(
                    bad, from: "repeater-\(index)", workload: "repeater", to: "go-app", code: "500")
                let pod = "app-\(index)"
                if databaseWorks {
                    mesh.send(part, from: pod, workload: "go-app", to: "go-app-db")
                } else {
                    mesh.send(
                        part, from: pod, workload: "go-app", to: "go-app-db", code: "503",
                        flags: "UH")
                }
            }
            outputs += judge.observe(mesh.scrape(), now: mesh.now)
        }
    }

    var anomalies: [Anomaly] {
        outputs.compactMap { if case .anomaly(let anomaly) = $0 { anomaly } else { nil } }
    }
    var recoveries: [Recovery] {
        outputs.compactMap { if case .recovery(let recovery) = $0 { recovery } else { nil } }
    }
    var windows: [WindowSummary] {
        outputs.compactMap { if case .window(let window) = $0 { window } else { nil } }
    }
}

extension Judge {
    /// Statuses of the bad ratio only.
    var errorStatuses: [ServiceStatus] { statuses.filter { $0.signal == .badRatio } }
}

@Suite struct JudgeStoryTests {
    @Test func theDatabaseDies() throws {
        var story = Story()
        story.pass(120)
        #expect(story.anomalies.isEmpty)
        #expect(
            story.judge.errorStatuses.map(\.service.name) == ["go-app", "go-app-db", "repeater"])
        #expect(story.judge.errorStatuses.allSatisfy { $0.ready })

        let injected = story.mesh.now + .seconds(1)
        story.judge.beginRound(
            id: 7, policy: "staging", at: injected, namespaces: ["go-app"],
            target: WorkloadRef(kind: "Deployment", namespace: "go-app", name: "go-app-db"))
        story.databaseWorks = false
        story.pass(2)
        #expect(
            Set(story.anomalies.map(\.evidence.service.name)) == [
                "go-app", "go-app-db", "repeater",
            ])
        for anomaly in story.judge.current {
            #expect(anomaly.brokenEdge?.description == "go-app -> go-app-db")
            #expect(anomaly.flags == ["UH"])
            #expect(anomaly.evidence.now == 1)
            #expect(anomaly.evidence.before < 0.01)
            #expect(anomaly.detectedAt - injected <= .seconds(30))
            let bearing = story.judge.bearing(
                of: anomaly, on: 7,
                target: WorkloadRef(kind: "Deployment", namespace: "go-app", name: "go-app-db"))
            #expect(bearing.nats > 5 && bearing.inReach)
        }
        #expect(story.judge.harmSoFar(round: 7).count == 3)

        story.pass(10)
        let verdict = story.judge.endRound(id: 7, at: story.mesh.now)
        #expect(verdict.kind == .harm)
        #expect(verdict.harmed.count == 3)
        #expect(story.judge.isDiscovery(round: 7) == true)
        #expect(story.judge.unexpectedVictims(round: 7).isEmpty)
        #expect(story.judge.outcomes(round: 7).map(\.now) == [1, 1, 1])
        #expect(story.judge.causes.hits == 1 && story.judge.causes.strikes == 1)
        #expect(verdict.excess > 3 * 11 * 120)
        #expect(verdict.text.hasPrefix("harm: "))
        #expect(verdict.text.contains("-> 100 % bad responses"))
        #expect(story.anomalies.count == 3, "one anomaly keeps one identity")
        #expect(story.judge.current.count == 3)

        story.databaseWorks = true
        let healed = story.mesh.now
        story.pass(20)
        #expect(story.judge.current.isEmpty)
        #expect(story.recoveries.count == 3)
        for recovery in story.recoveries {
            #expect(recovery.recoveredAt - healed <= .seconds(90))
            #expect(healed - recovery.recoveredAt <= .seconds(15))
            #expect(recovery.excess > 11 * 120)
        }
        story.pass(100)
        #expect(story.anomalies.count == 3)
        let first = try #require(story.judge.errorStatuses.first)
        #expect(first.baseline < 0.01, "outages are not learned")
    }

    @Test func aShamDoesNoHarm() {
        var story = Story()
        story.pass(100)
        for id in 1...20 {
            story.judge.beginRound(
                id: id, policy: "p", at: story.mesh.now, namespaces: ["go-app"], sham: true)
            story.pass(20)
            #expect(story.judge.harmSoFar(round: id).isEmpty)
            let verdict = story.judge.endRound(id: id, at: story.mesh.now)
            #expect(verdict.kind == .noHarm, "\(verdict.text)")
            #expect((verdict.minimumDetectable ?? 1) < 0.02)
            #expect(verdict.text.hasPrefix("no harm above "))
            #expect(verdict.text.contains("99 % confidence"))
            #expect(verdict.text.contains("3 services"))
            #expect(story.judge.isDiscovery(round: id) == nil)
        }
        #expect(story.anomalies.isEmpty)
    }

    /// At alpha 0.01 one or two of 150 shams may be blamed; seven or more have probability 1e-3.
    @Test func shamsAreBlamedAtTheStatedRateAtMost() {
        var story = Story(load: 60)
        story.random = RandomStream(seed: 77)
        story.pass(60)
        for id in 1...150 {
            story.judge.beginRound(
                id: id, policy: "p", at: story.mesh.now, namespaces: ["go-app"], sham: true)
            story.pass(6)
            _ = story.judge.endRound(id: id, at: story.mesh.now)
        }
        #expect(story.judge.shams.shams == 150)
        #expect(story.judge.shams.blamed < 7)
        #expect(!story.judge.shams.isMiscalibrated(alpha: 0.01))
    }

    @Test func blindnessIsNotInnocence() {
        var story = Story()
        story.pass(100)
        story.judge.beginRound(id: 1, policy: "p", at: story.mesh.now, namespaces: [])
        story.mesh.unreachable = Set(story.mesh.pods)
        story.databaseWorks = false
        story.pass(12)
        #expect(
            story.outputs.contains {
                if case .blind(_, let reason) = $0 {
                    // The database's pod counts no calls.
                    reason.contains("0 of 5 reporters")
                } else {
                    false
                }
            })
        #expect(story.judge.blindSince != nil)
        let verdict = story.judge.endRound(id: 1, at: story.mesh.now)
        #expect(verdict.kind == .inconclusive)
        #expect(verdict.text.contains("blind"), "\(verdict.text)")
        #expect(story.anomalies.isEmpty)

        story.databaseWorks = true
        story.mesh.unreachable = []
        story.pass(3)
        #expect(
            story.outputs.contains { if case .sighted = $0 { true } else { false } })
        #expect(story.judge.blindSince == nil)
    }

    @Test func anUnreadableSourceIsBlind() {
        var story = Story()
        story.pass(60)
        let since = story.mesh.now
        var said: [JudgeOutput] = []
        for step in 1...6 {
            said += story.judge.unreadable(
                reason: "prometheus: connection refused", now: since + .seconds(15 * step))
        }
        #expect(
            said.contains {
                if case .blind(_, let reason) = $0 {
                    reason == "prometheus: connection refused"
                } else {
                    false
                }
            })
        #expect(
            said.allSatisfy {
                if case .window(let window) = $0 { window.blind != nil } else { true }
            })
    }

    @Test func noTrafficIsInconclusive() {
        var story = Story()
        story.pass(60)
        story.load = 0
        story.pass(2)
        story.judge.beginRound(id: 3, policy: "p", at: story.mesh.now, namespaces: ["go-app"])
        story.pass(8)
        let verdict = story.judge.endRound(id: 3, at: story.mesh.now)
        #expect(verdict.kind == .inconclusive)
        #expect(verdict.text.contains("too little traffic"))
        #expect(story.judge.errorStatuses.allSatisfy { $0.silentWindows >= 8 })
    }

    @Test func theOtherVerdicts() {
        var story = Story()
        story.pass(60)
        for id in 1...2 {
            story.judge.beginRound(id: id, policy: "p", at: story.mesh.now, namespaces: ["go-app"])
        }
        story.pass(8)
        #expect(
            story.judge.endRound(id: 1, at: story.mesh.now, delivered: false).kind == .notDelivered)
        let void = story.judge.endRound(id: 2, at: story.mesh.now, void: "a node went away")
        #expect(void.kind == .void)
        #expect(void.text == "void: a node went away")
        #expect(story.judge.endRound(id: 9, at: story.mesh.now).kind == .void)
        story.judge.beginRound(id: 4, policy: "p", at: story.mesh.now, namespaces: ["empty"])
        #expect(story.judge.endRound(id: 4, at: story.mesh.now).kind == .inconclusive)
    }

    @Test func fastScrapesWarmUpFast() {
        var story = Story(interval: .seconds(1), load: 20)
        story.pass(75)
        #expect(story.judge.errorStatuses.allSatisfy { $0.ready })
        let injected = story.mesh.now
        story.databaseWorks = false
        story.pass(3)
        #expect(story.anomalies.count == 3)
        for anomaly in story.anomalies {
            #expect(anomaly.detectedAt - injected <= .seconds(2))
        }
    }

    @Test func aSketchStartsWarm() {
        var story = Story()
        story.pass(100)
        var judge = Judge(settings: story.judge.settings)
        judge.restore(story.judge.sketch)
        #expect(judge.sketch == story.judge.sketch)
        #expect(judge.errorStatuses.allSatisfy { $0.ready })
        #expect(judge.errorStatuses.allSatisfy { $0.baselineUpper < 0.01 })
    }

    @Test func onlyAPersonMakesABadLevelNormal() {
        var story = Story()
        story.pass(100)
        story.databaseWorks = false
        story.pass(300)
        #expect(story.judge.current.count == 3)
        let service = ServiceRef(namespace: "go-app", name: "repeater")
        let recovery = story.judge.accept(service, .badRatio, at: story.mesh.now)
        #expect(recovery?.recoveredAt == story.mesh.now)
        #expect(story.judge.accept(service, .badRatio, at: story.mesh.now) == nil)
        #expect(story.judge.current.count == 2)
    }

    /// Not even a level at which everything fails alarms again, and what is accepted becomes known.
    @Test func whatIsAcceptedStaysQuiet() {
        var story = Story()
        story.pass(100)
        story.databaseWorks = false
        story.pass(30)
        for anomaly in story.judge.current {
            _ = story.judge.accept(anomaly.evidence.service, .badRatio, at: story.mesh.now)
        }
        let before = story.anomalies.count
        story.pass(100)
        #expect(story.judge.current.isEmpty && story.anomalies.count == before)
        #expect(story.judge.errorStatuses.allSatisfy { $0.ready && $0.baseline > 0.9 })
        // Rounds could not show harm there, and not for lack of requests.
        let why = story.judge.scantTraffic(in: "go-app", watched: 100)
        #expect(why?.contains("most requests fail already") == true)
    }

    @Test func sameReadingsSameWords() {
        var first = Story()
        var second = Story()
        for _ in 0..<60 {
            first.pass()
            second.pass()
        }
        first.databaseWorks = false
        second.databaseWorks = false
        first.pass(6)
        second.pass(6)
        #expect(first.outputs == second.outputs)
    }
}
