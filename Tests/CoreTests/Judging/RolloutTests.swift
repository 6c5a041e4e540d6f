// Warm-up among neighbours, re-learning after a rollout, and services that are never quite well.

import Core
import RealModule
import Testing

@Suite struct RolloutTests {
    typealias Line = OtherSignalsTests.Line
    static let shop = WorkloadRef(kind: "Deployment", namespace: "go-app", name: "shop")

    private static func status(_ line: Line) throws -> ServiceStatus {
        try #require(line.judge.statuses.first)
    }

    /// Two hours at 0.1 %, then a rollout.
    private static func rolledOut(load: Double = 150) throws -> Line {
        var line = Line([.badRatio])
        line.load = load
        line.failing = 0.001
        line.pass(480)
        #expect(try status(line).ready && status(line).unready == nil)
        line.judge.rolledOut([shop], at: line.mesh.now)
        line.pass(1)
        #expect(try !status(line).ready)
        #expect(try status(line).unready == "re-learning after a rollout")
        return line
    }

    @Test func aSlightlyWorseVersionBecomesNormal() throws {
        var line = try Self.rolledOut()
        let before = try Self.status(line).baseline
        line.failing = 0.0025
        line.pass(118)
        #expect(try !Self.status(line).ready, "30 minutes are not over")
        line.pass(40)
        let after = try Self.status(line)
        #expect(after.ready && after.unready == nil)
        #expect(before < 0.0015 && after.baseline > 0.0019, "\(after.baseline)")
        line.pass(1000)
        #expect(line.anomalies.isEmpty)
    }

    @Test func anOutageAfterARolloutIsFoundAtOnce() throws {
        var line = try Self.rolledOut()
        line.pass(20)
        line.failing = 1
        line.pass(2)
        #expect(line.anomalies.count == 1)
        line.pass(400)
        #expect(line.judge.current.count == 1, "it never becomes normal")
        line.failing = 0.001
        line.pass(20)
        #expect(line.judge.current.isEmpty)
        #expect(try !Self.status(line).ready, "the time begins anew after an alarm")
        line.pass(140)
        #expect(try Self.status(line).ready && Self.status(line).baseline < 0.003)
    }

    /// The doc comment promises that about a tenth of bad responses is seen.
    @Test func grossHarmIsSeenWhileRelearning() throws {
        var line = try Self.rolledOut()
        line.failing = 0.2
        line.pass(6)
        #expect(line.anomalies.count == 1)
    }

    /// Rounds may go on meanwhile: their verdicts claim no more than gross harm.
    @Test func aRoundMeanwhileClaimsNoMoreThanHalf() throws {
        func bound(_ line: Line) throws -> Double {
            var line = line
            line.judge.beginRound(
                id: 1, policy: "p", at: line.mesh.now, namespaces: ["go-app"])
            line.pass(20)
            let verdict = line.judge.endRound(id: 1, at: line.mesh.now)
            #expect(verdict.kind == .noHarm, "\(verdict.text)")
            return try #require(verdict.minimumDetectable)
        }
        var line = try Self.rolledOut()
        #expect(try bound(line) >= 0.5)
        line.pass(160)
        #expect(try bound(line) < 0.05)
    }

    @Test func aBadVersionIsRefusedAtTheEnd() throws {
        var line = try Self.rolledOut()
        line.failing = 0.03
        line.pass(110)
        #expect(line.anomalies.isEmpty, "not detectable while re-learning")
        line.pass(30)
        let anomaly = try #require(line.anomalies.first)
        #expect(anomaly.evidence.before < 0.002)
        line.pass(500)
        #expect(line.judge.current.count == 1)
    }

    @Test func relearningEndsInTime() throws {
        // 0.05 requests a second: 1,000 would take five and a half hours.
        var line = try Self.rolledOut(load: 0.75)
        for _ in 0..<5 {
            line.pass(180)
            line.judge.rolledOut([Self.shop], at: line.mesh.now)
        }
        #expect(try !Self.status(line).ready)
        line.pass(60)
        #expect(try Self.status(line).ready, "new rollouts do not prolong it")
    }

    @Test func otherWorkloadsAreNotTouched() throws {
        var line = Line([.badRatio])
        line.pass(100)
        line.judge.rolledOut(
            [
                WorkloadRef(kind: "Deployment", namespace: "go-app", name: "other"),
                WorkloadRef(kind: "Deployment", namespace: "other", name: "shop"),
            ], at: line.mesh.now)
        line.pass(1)
        #expect(try Self.status(line).ready)
    }

    @Test func aNewcomerAmongNeighboursIsKnownSooner() throws {
        func readyAfter(neighbours: Int) throws -> Int {
            var mesh = MeshTraffic(pods: ["client"])
            var judge = Judge()
            var random = RandomStream(seed: 31)
            var found = 0
            for window in 0..<240 {
                for index in 0...neighbours where index > 0 || window >= 150 {
                    let n = random.poisson(40)
                    let bad = random.binomial(n, 0.002)
                    let name = index == 0 ? "newcomer" : "old-\(index)"
                    mesh.send(n - bad, from: "client", workload: "client", to: name)
                    mesh.send(bad, from: "client", workload: "client", to: name, code: "500")
                }
                let outputs = judge.observe(mesh.scrape(), now: mesh.now)
                #expect(
                    !outputs.contains { if case .anomaly = $0 { true } else { false } })
                let status = judge.statuses.first { $0.service.name == "newcomer" }
                if status?.ready == false { found = window - 149 }
            }
            return found + 1
        }
        let alone = try readyAfter(neighbours: 1)
        let among = try readyAfter(neighbours: 5)
        #expect(alone >= 40, "\(alone)")
        #expect(among <= 14, "\(among)")
    }
}

/// Services that are never quite well.
@Suite struct UnwellServiceTests {
    typealias Line = OtherSignalsTests.Line

    @Test(arguments: [150.0, 8])
    func constantErrorsAreNormal(load: Double) throws {
        var line = Line([.badRatio])
        line.load = load
        line.failing = 0.03
        line.pass(3000)
        #expect(line.anomalies.isEmpty)
        let status = try #require(line.judge.statuses.first)
        #expect(status.ready && status.baseline > 0.02 && status.baselineUpper > 0.03)
        // It is not blind either.
        line.failing = 0.3
        line.pass(load > 100 ? 3 : 20)
        #expect(line.anomalies.count == 1)
    }

    /// Five minutes of 30 %, five minutes of health: every phase is longer than the tests need, so
    /// each is one anomaly and one recovery, and none is learned as normal.
    @Test func aSlowFlapperAlarmsOncePerPhase() throws {
        var line = Line([.badRatio])
        line.failing = 0.001
        line.pass(300)
        for _ in 0..<12 {
            line.failing = 0.3
            line.pass(20)
            line.failing = 0.001
            line.pass(20)
        }
        #expect(line.anomalies.count == 12)
        #expect(line.recoveries.count == 12)
        let status = try #require(line.judge.statuses.first)
        #expect(status.baseline < 0.003, "\(status.baseline)")
    }

    /// One window bad, one good: each good window undoes less evidence than recovery needs, and the
    /// next bad one takes it all away, so that there is one anomaly and no oscillation.
    @Test func aFastFlapperStaysAnomalous() {
        var line = Line([.badRatio])
        line.load = 30
        line.failing = 0.001
        line.pass(300)
        for window in 0..<400 {
            line.failing = window % 2 == 0 ? 0.3 : 0.001
            line.pass(1)
        }
        #expect(line.anomalies.count <= 3, "\(line.anomalies.count)")
        #expect(line.anomalies.count >= 1)
    }
}
