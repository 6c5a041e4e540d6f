// What is not learned although no round of this life is to blame: strikes of an earlier one, and
// the time of another leader.

import Testing

@testable import Core

@Suite struct LearningSpanTests {
    private struct World {
        var judge = Judge()
        var mesh = MeshTraffic(pods: ["caller"])

        mutating func pass(_ windows: Int, bad: Double = 0, requests: Double = 100) {
            for _ in 0..<windows {
                mesh.send(requests - bad, from: "caller", workload: "caller", to: "cart")
                mesh.send(bad, from: "caller", workload: "caller", to: "cart", code: "503")
                _ = judge.observe(mesh.scrape(), now: mesh.now)
            }
        }
        func status(_ signal: Signal = .badRatio) throws -> ServiceStatus {
            try #require(judge.learned.first { $0.signal == signal })
        }
    }

    private func strike(from: Timestamp, to: Timestamp) -> HistoryLearner.Disturbance {
        HistoryLearner.Disturbance(namespace: "go-app", from: from, to: to)
    }

    /// Five of a hundred fail while an earlier life's strike is in place: too little for an alarm
    /// before the baseline is known, and enough to spoil it.
    @Test func anEarlierStrikeIsNotLearned() throws {
        var world = World()
        let begin = world.mesh.now
        world.judge.recall([7: strike(from: begin, to: Timestamp(nanoseconds: .max))])
        world.pass(60, bad: 5)
        #expect(try !world.status().ready && world.status().baseline == 0)
        // It was reverted and washes out until then.
        world.judge.recall([7: strike(from: begin, to: world.mesh.now + .seconds(300))])
        world.pass(19, bad: 5)
        #expect(try !world.status().ready)
        world.pass(80)
        #expect(try world.status().ready && world.status().baseline < 1e-3)
    }

    @Test func otherNamespacesAndTimesAreLearned() throws {
        var world = World()
        let other = HistoryLearner.Disturbance(
            namespace: "bank", from: world.mesh.now, to: Timestamp(nanoseconds: .max))
        let past = strike(from: world.mesh.now - .seconds(900), to: world.mesh.now - .seconds(60))
        world.judge.recall([1: other, 2: past])
        world.pass(60)
        #expect(try world.status().ready)
    }

    /// Its own rounds it knows better: a harmless one has nothing to wash out.
    @Test func aRoundOfThisLifeIsJudgedByWhatItShowed() throws {
        var world = World()
        world.pass(60)
        world.judge.beginRound(id: 7, policy: "p", at: world.mesh.now, namespaces: ["go-app"])
        world.pass(20)
        let ended = world.mesh.now
        #expect(world.judge.endRound(id: 7, at: ended).kind == .noHarm)
        world.judge.recall([7: strike(from: ended - .seconds(300), to: ended + .seconds(300))])
        let before = try #require(world.judge.sketch.services.first?.signals.first?.baselines.first)
        world.pass(15)
        let after = try #require(world.judge.sketch.services.first?.signals.first?.baselines.first)
        #expect(after.seen > before.seen)
    }

    @Test func aStandbyDoesNotLearn() throws {
        var world = World()
        world.judge.standBy()
        world.pass(60, bad: 5)
        #expect(try !world.status().ready && world.status().baseline == 0)
        world.judge.lead(since: world.mesh.now)
        world.pass(19, bad: 5)
        #expect(
            try world.status().baseline == 0, "the other's last strike may still be washing out")
        world.judge.lead(since: world.mesh.now)
        world.pass(80)
        #expect(try world.status().ready && world.status().baseline < 1e-3)
    }

    /// The level of traffic stands still meanwhile: what changed by the time it leads again is
    /// neither a drop nor a surge.
    @Test func trafficIsLearnedAnewAfterStandingBy() throws {
        var world = World()
        world.pass(200)
        #expect(try world.status(.traffic).ready)
        world.judge.standBy()
        world.pass(100, requests: 10)
        #expect(world.judge.current.isEmpty)
        world.judge.lead(since: world.mesh.now)
        world.pass(200, requests: 10)
        #expect(world.judge.current.isEmpty)
        #expect(try world.status(.traffic).ready)
        world.pass(40, requests: 0)
        #expect(world.judge.current.map(\.evidence.signal) == [.traffic], "it is judged again")
    }
}
