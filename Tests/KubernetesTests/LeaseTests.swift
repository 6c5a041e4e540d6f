import Core
import Engine
import Kubernetes
import Platform
import Testing

@Suite struct LeaseTests {
    /// One contender with a clock of its own.
    private struct Contender {
        let clock = ManualClock()
        let path: LeasePath
        let leadership: LeaseLeadership

        init(_ name: String, _ server: LeaseServer, instance: String? = nil) {
            path = LeasePath(server)
            let client = APIClient(
                access: ClusterAccess(server: "http://a"), network: path, clock: clock,
                version: "0")
            leadership = LeaseLeadership(
                client: client,
                settings: LeaseSettings(namespace: "chaos", identity: name, instance: instance),
                seed: 1)
        }

        func attempt(after seconds: Int = 0) async {
            clock.advance(by: .seconds(seconds))
            await leadership.attempt()
        }
    }

    @Test func theFirstLeadsAndTheSecondWaits() async throws {
        let server = LeaseServer()
        let (a, b) = (Contender("a", server), Contender("b", server))
        await a.attempt()
        await b.attempt()
        #expect(await a.leadership.token() == 1)
        #expect(await b.leadership.token() == nil)
        #expect(await b.leadership.leader == "a")
        let spec = try #require(server.current?["spec"])
        let recorded = try JSON(parsing: Fixture("lease-create").requestBody)
        #expect(Set(spec.object?.keys ?? []) == Set(recorded["spec"]?.object?.keys ?? []))
        #expect(spec["leaseDurationSeconds"] == 15)
        // While a renews, b waits however long it takes.
        for _ in 0..<20 {
            await a.attempt(after: 2)
            await b.attempt(after: 2)
            #expect(await a.leadership.token() == 1)
            #expect(await b.leadership.token() == nil)
        }
    }

    @Test func whoTakesOverFromAnotherKnowsIt() async {
        let server = LeaseServer()
        let (a, b) = (Contender("a", server), Contender("b", server))
        await a.attempt()
        await b.attempt()
        #expect(await a.leadership.takeover() == nil)
        #expect(await b.leadership.takeover() == nil)
        await a.leadership.release()
        await b.attempt(after: 2)
        #expect(await b.leadership.takeover() == Takeover(from: "a", ago: .zero))
        await b.attempt(after: 5)
        #expect(await b.leadership.takeover() == Takeover(from: "a", ago: .seconds(5)))
        // A Lease that was deleted meanwhile changes nothing of that.
        server.remove()
        await b.attempt(after: 5)
        #expect(await b.leadership.takeover()?.from == "a")
        // One that stops answering is taken over from as well.
        let c = Contender("c", server)
        await c.attempt()
        await c.attempt(after: 16)
        #expect(await c.leadership.takeover() == Takeover(from: "b", ago: .zero))
    }

    @Test func whoRegainsItsOwnTookOverFromNobody() async {
        let server = LeaseServer()
        let first = Contender("pod_x", server, instance: "pod")
        await first.attempt()
        let second = Contender("pod_y", server, instance: "pod")
        await second.attempt()
        await second.attempt(after: 16)
        #expect(await second.leadership.token() == 2)
        #expect(await second.leadership.takeover() == nil)
    }

    @Test func whatIsInTheWayIsTold() async throws {
        let server = LeaseServer()
        let (a, b) = (Contender("a", server), Contender("b", server))
        #expect(await a.leadership.obstacle() == nil)
        server.refusal.withLock { $0 = 403 }
        await a.attempt()
        let refused = try #require(await a.leadership.obstacle())
        #expect(refused.isFailure)
        #expect(refused.text.hasPrefix("the Lease chaos/hazard cannot be used: "))
        #expect(refused.text.contains("403"))
        server.refusal.withLock { $0 = nil }
        await a.attempt()
        #expect(await a.leadership.obstacle() == nil)
        // A failure is over when the lease was read, though another holds it.
        b.path.state.withLock { $0 = .cut }
        await b.attempt()
        #expect(await b.leadership.obstacle()?.isFailure == true)
        b.path.state.withLock { $0 = .open }
        await b.attempt()
        #expect(await b.leadership.obstacle() == LeadershipObstacle("a leads", isFailure: false))
    }

    @Test func aLeaderThatCannotRenewStopsBeforeAnotherStarts() async {
        let server = LeaseServer()
        let (a, b) = (Contender("a", server), Contender("b", server))
        await a.attempt()
        await b.attempt()
        a.path.state.withLock { $0 = .cut }
        var elapsed = 0
        while await b.leadership.token() == nil, elapsed < 60 {
            await a.attempt(after: 1)
            await b.attempt(after: 1)
            elapsed += 1
            let tokens = [await a.leadership.token(), await b.leadership.token()]
            #expect(tokens.compactMap { $0 }.count <= 1, "two leaders after \(elapsed) s")
        }
        #expect(elapsed == 16)
        #expect(await b.leadership.token() == 2)
        // Back on the network, the old leader learns that it is none, whatever it believed.
        a.path.state.withLock { $0 = .open }
        await a.attempt()
        #expect(await a.leadership.token() == nil)
        #expect(await a.leadership.leader == "b")
    }

    @Test func wallClocksDoNotMatter() async {
        let server = LeaseServer()
        let (a, b) = (Contender("a", server), Contender("b", server))
        // The second one lives a year ahead; what it reads in the lease looks ancient.
        b.clock.advance(by: .seconds(31_536_000))
        await a.attempt()
        await b.attempt()
        for _ in 0..<10 {
            await a.attempt(after: 5)
            await b.attempt(after: 5)
        }
        #expect(await a.leadership.token() == 1)
        #expect(await b.leadership.token() == nil)
    }

    @Test func aLeaderWhoseAnswersAreLostStopsInTime() async {
        let server = LeaseServer()
        let a = Contender("a", server)
        await a.attempt()
        a.path.state.withLock { $0 = .deaf }
        await a.attempt(after: 9)
        #expect(await a.leadership.token() == 1)
        await a.attempt(after: 1)
        #expect(await a.leadership.token() == nil)
        a.path.state.withLock { $0 = .open }
        await a.attempt(after: 1)
        // Nobody else had the lease meanwhile: the term goes on.
        #expect(await a.leadership.token() == 1)
    }

    @Test func aLostAnswerToARenewalKeepsTheTerm() async {
        let server = LeaseServer()
        let a = Contender("a", server)
        await a.attempt()
        a.path.state.withLock { $0 = .deaf }
        await a.attempt(after: 2)
        a.path.state.withLock { $0 = .open }
        await a.attempt(after: 2)
        #expect(await a.leadership.token() == 1)
        await a.attempt(after: 9)
        #expect(await a.leadership.token() == 1)
    }

    @Test func anotherProcessOfTheSameNameIsAnotherContender() async {
        let server = LeaseServer()
        let first = Contender("a", server)
        await first.attempt()
        let second = Contender("a", server)
        await second.attempt(after: 5)
        await second.attempt(after: 5)
        #expect(await second.leadership.token() == nil)
        await second.attempt(after: 11)
        #expect(await second.leadership.token() == 2)
        // The first comes back from the dead.
        await first.attempt(after: 21)
        #expect(await first.leadership.token() == nil)
        await second.attempt(after: 2)
        #expect(await second.leadership.token() == 2)
    }

    @Test func whatIsReleasedIsFreeAtOnce() async {
        let server = LeaseServer()
        let (a, b) = (Contender("a", server), Contender("b", server))
        await a.attempt()
        await b.attempt()
        await a.leadership.release()
        #expect(await a.leadership.token() == nil)
        await a.attempt(after: 2)
        #expect(await a.leadership.token() == nil)
        await b.attempt(after: 2)
        #expect(await b.leadership.token() == 2)
    }

    @Test func aDeletedLeaseDoesNotMakeTokensSmaller() async {
        let server = LeaseServer()
        let (a, b) = (Contender("a", server), Contender("b", server))
        await a.attempt()
        await a.leadership.release()
        await b.attempt()
        #expect(await b.leadership.token() == 2)
        await b.attempt(after: 2)
        server.remove()
        await b.attempt(after: 2)
        #expect(await b.leadership.token() == 3)
    }

    @Test(arguments: 0..<25)
    func neverTwoLeaders(seed: Int) async {
        var random = RandomStream(seed: UInt64(seed))
        let server = LeaseServer()
        let all = ["a", "b", "c"].map { Contender($0, server) }
        var tokens: [Int] = []
        var highest = 0
        for _ in 0..<400 {
            let actor = all[random.below(3)]
            switch random.below(12) {
            case 0: actor.path.state.withLock { $0 = .cut }
            case 1: actor.path.state.withLock { $0 = .deaf }
            case 2...4: actor.path.state.withLock { $0 = .open }
            default: break
            }
            // Time passes for all alike; attempts come when they come.
            let step = Duration.milliseconds(random.below(3000))
            for contender in all { contender.clock.advance(by: step) }
            await actor.leadership.attempt()
            var leading: [Int] = []
            for contender in all {
                if let token = await contender.leadership.token() { leading.append(token) }
            }
            #expect(leading.count <= 1, "seed \(seed)")
            if let token = leading.first {
                #expect(token >= highest, "seed \(seed): tokens go back")
                if token > highest { tokens.append(token) }
                highest = max(highest, token)
            }
        }
        #expect(tokens.count > 1, "seed \(seed): nothing was fought over")
    }

    @Test func runKeepsTheLeaseUntilItIsCancelled() async {
        let server = LeaseServer()
        let a = Contender("a", server)
        await withTaskGroup { group in
            group.addTask { await a.leadership.run() }
            #expect(await eventually { await a.leadership.token() == 1 })
            group.cancelAll()
        }
        await a.leadership.release()
        #expect(server.current?[path: ["spec", "holderIdentity"]] == "")
    }
}
