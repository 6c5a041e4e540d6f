// Whether a round could show anything: too little traffic, traffic that is not known yet, and what
// the length of a policy's watch has to do with it.

import Testing

@testable import Core

@Suite struct ScantTrafficTests {
    /// Windows of one caller's requests to services of the namespace go-app.
    private struct World {
        var judge = Judge()
        var mesh = MeshTraffic(pods: ["caller"])

        /// Passes windows; `requests` to each service in every `period`-th of them.
        mutating func pass(_ windows: Int, to services: [String: (Double, Int)]) {
            for window in 0..<windows {
                for (service, (requests, period)) in services where window % period == 0 {
                    mesh.send(requests, from: "caller", workload: "caller", to: service)
                }
                _ = judge.observe(mesh.scrape(), now: mesh.now)
            }
        }

        func scant(_ watched: Int = 100) -> String? {
            judge.scantTraffic(in: "go-app", watched: watched)
        }
        func status(_ service: String) -> ServiceStatus? {
            judge.learned.first { $0.service.name == service && $0.signal == .badRatio }
        }
    }

    @Test func aRequestInAWhileShowsNothing() throws {
        var world = World()
        world.pass(60, to: ["cart": (1, 30)])
        let text = try #require(world.scant())
        #expect(
            text.hasPrefix(
                "too little traffic to see harm: 1 request to 1 service of go-app in the last 12m"),
            "\(text)")
        #expect(text.hasSuffix("; not even a total failure would show in a round of 5m"))
        #expect(world.scant(39) == nil, "after so few windows nobody can tell")
        #expect(world.judge.scantTraffic(in: "other", watched: 39) == nil)
        let nobody = try #require(world.judge.scantTraffic(in: "other", watched: 40))
        #expect(nobody.contains("no request to any service of other was counted in the last 10m"))
    }

    @Test func oneServiceWithTrafficIsEnough() {
        var world = World()
        world.pass(30, to: ["cart": (1, 30), "front": (50, 1)])
        #expect(world.scant() == nil, "front is not known yet, and has enough to become so")
        #expect(world.status("front")?.ready == false)
        world.pass(30, to: ["cart": (1, 30), "front": (50, 1)])
        #expect(world.scant() == nil && world.status("front")?.ready == true)
    }

    /// A request in a window is learned within an hour, and then shows.
    @Test func littleThatIsEnoughOnceItIsKnownIsLearning() {
        var world = World()
        world.pass(60, to: ["cart": (1, 1)])
        #expect(world.status("cart")?.ready == false)
        #expect(world.status("cart")?.isObservable == false)
        #expect(world.scant() == nil)
        world.pass(200, to: ["cart": (1, 1)])
        #expect(world.status("cart")?.ready == true)
        #expect(world.status("cart")?.isObservable == true)
    }

    @Test func trafficThatEndsIsTooLittleAndSaysWhatWouldShow() throws {
        var world = World()
        world.pass(100, to: ["cart": (50, 1)])
        #expect(world.scant() == nil)
        world.pass(96, to: ["cart": (1, 16)])
        let text = try #require(world.scant())
        #expect(text.contains("bad, at cart") || text.contains("total failure"), "\(text)")
        #expect(world.status("cart")?.ready == true, "what was learned is kept")
    }

    /// A third of the responses are bad, and a person called that normal: half is less than twice
    /// the bound, so it cannot show, but traffic is not what lacks.
    @Test func aServiceThatIsUsuallyBadIsNotTooQuiet() throws {
        var world = World()
        for _ in 0..<100 {
            world.mesh.send(67, from: "caller", workload: "caller", to: "cart")
            world.mesh.send(33, from: "caller", workload: "caller", to: "cart", code: "503")
            _ = world.judge.observe(world.mesh.scrape(), now: world.mesh.now)
        }
        let status = try #require(world.status("cart"))
        let ratio = try #require(status.minimumDetectable)
        #expect(status.ready && ratio > 0.5 && ratio < 0.9, "\(ratio)")
        #expect(status.isObservable)
        #expect(world.scant() == nil)
    }

    @Test func blindnessIsNoLackOfTraffic() {
        var world = World()
        world.pass(60, to: ["cart": (1, 30)])
        #expect(world.scant() != nil)
        world.mesh.unreachable = ["caller"]
        world.pass(100, to: [:])
        #expect(world.scant() == nil)
    }

    @Test func theLengthOfTheWatchCounts() throws {
        var world = World()
        world.pass(100, to: ["cart": (20, 1)])
        func shown() throws -> Double { try #require(world.status("cart")?.minimumDetectable) }
        let usual = try shown()
        world.judge.arm(Set(Signal.allCases), observe: .seconds(60), in: "go-app")
        let short = try shown()
        world.judge.arm(Set(Signal.allCases), observe: .seconds(900), in: "go-app")
        let long = try shown()
        #expect(short > 1.5 * usual && long < usual / 1.5, "\(short) \(usual) \(long)")
        // Before a round: by the round's own policy, whatever the namespace's others do.
        let foreseen = world.judge.foreseen(in: "go-app", observe: .seconds(60))
        #expect(foreseen.map(\.service.name) == ["cart"])
        #expect(foreseen[0].detectable == short)
        #expect(world.judge.foreseen(in: "other", observe: .seconds(60)).isEmpty)
    }

    @Test func theFindingBeginsAndEnds() throws {
        let now = Timestamp(seconds: 1_800_000_000)
        #expect(FindingBook.scantTraffic(in: "shop", why: nil, known: nil, at: now) == nil)
        let found = try #require(
            FindingBook.scantTraffic(in: "shop", why: "too little", known: nil, at: now))
        #expect(found.identity == Finding.scantTrafficIdentity("shop"))
        #expect(found.kind == .unobservable && found.standing == true && found.status == .open)
        #expect(found.evidence.count == 1 && found.evidence[0].contains("too little"))
        #expect(
            FindingBook.scantTraffic(in: "shop", why: "less", known: found, at: now) == nil,
            "said once")
        let later = now + .seconds(60)
        let ended = try #require(
            FindingBook.scantTraffic(in: "shop", why: nil, known: found, at: later))
        #expect(ended.standing == false && ended.status == .fixed)
        #expect(FindingBook.scantTraffic(in: "shop", why: nil, known: ended, at: later) == nil)
        let again = try #require(
            FindingBook.scantTraffic(in: "shop", why: "again", known: ended, at: later))
        #expect(again.status == .open && again.firstSeen == now && again.lastSeen == later)
    }
}
