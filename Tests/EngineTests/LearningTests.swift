// What the watch learns and keeps: with an idle namespace, after a restart in the middle of a
// strike, and while another instance leads; and what it says when nothing could be seen.

import Core
import Engine
import Platform
import Simulation
import Testing

@Suite struct LearningTests {
    private typealias Traffic = NamespaceMesh.Traffic

    private struct World {
        let time: VirtualTime
        let storage: SimulatedStorage
        let journal: Journal
        let mesh: NamespaceMesh
        let seat = Seat()
        let closing = Interruption()
        let watch: SignalWatch
        let lines: Lock<[String]>

        init(
            _ time: VirtualTime, storage: SimulatedStorage? = nil,
            mesh: NamespaceMesh = NamespaceMesh(),
            namespaces: [String] = ["shop"], settings: JudgeSettings = JudgeSettings()
        ) async throws {
            self.time = time
            self.mesh = mesh
            self.storage = storage ?? SimulatedStorage(clock: time, seed: 1)
            journal = try await Journal(storage: self.storage, clock: time)
            let lines = Lock<[String]>([])
            self.lines = lines
            watch = SignalWatch(
                judge: Judge(settings: settings), source: mesh, journal: journal,
                leadership: seat, clock: time, interruption: closing,
                log: Log { _, line in lines.withLock { $0.append(line) } })
            await watch.configure(namespaces.map(Self.policy)) { nil }
        }

        static func policy(_ namespace: String) -> Policy {
            Policy(
                name: "p", namespace: namespace, mode: .observe,
                schedule: Schedule(cadence: .every(.seconds(60))), targets: PodTargets(),
                faults: [], sham: 0, blastRadius: BlastRadius(),
                judge: JudgeTimes(observe: .seconds(60)), gate: GateRules(), source: "",
                digest: "")
        }

        func pass(_ windows: Int) async throws {
            for _ in 0..<windows {
                try await time.sleep(for: .seconds(15))
                await watch.tick()
            }
        }

        var sketch: JudgeSketch? { get async { await journal.state.learned?.sketch } }
        var baseline: Double {
            get async throws {
                try #require(await watch.services.first { $0.signal == .badRatio }).baseline
            }
        }
    }

    @Test func anIdleNamespaceDoesNotCostTheOthersWhatTheyKnow() {
        inVirtualTime { time in
            let world = try await World(time, namespaces: ["idle", "shop"])
            world.mesh.set("shop", Traffic())
            try await world.pass(60)
            #expect(await world.watch.isWarm("shop"))
            #expect(await world.watch.isWarm("idle") == false)
            #expect(await world.sketch?.services.map(\.service.namespace) == ["shop"])
            // The other one's turn comes when it is known, not after the usual hour.
            world.mesh.set("idle", Traffic())
            try await world.pass(60)
            #expect(await world.watch.isWarm("idle"))
            #expect(
                await world.sketch?.services.map(\.service.namespace) == ["idle", "shop"])
        }
    }

    @Test func anOrderlyEndKeepsWhatThereIs() {
        inVirtualTime { time in
            let world = try await World(time)
            world.mesh.set("shop", Traffic(requests: 2))
            try await world.pass(20)
            #expect(await world.sketch == nil)
            #expect(await world.watch.isWarm("shop") == false)
            world.closing.raise("the end")
            await world.watch.run()
            #expect(await world.sketch?.services.count == 1)
        }
    }

    @Test func whereNothingShowsRoundsAreHeldAndAFindingSaysSo() {
        inVirtualTime { time in
            let world = try await World(time)
            let policy = World.policy("shop")
            let book = PolicyBook([policy], journal: world.journal, clock: time)
            let cluster = StruckCluster(["cart"])
            let desk = FindingDesk(
                cluster: cluster, journal: world.journal, watch: world.watch, book: book,
                clock: time, interruption: world.closing, log: .silent)
            let runner = RoundRunner(
                policy: policy, cluster: cluster, catalog: FaultCatalog([]),
                journal: world.journal, watch: world.watch, leadership: world.seat, clock: time,
                seed: 1, interruption: world.closing, log: .silent)
            let identity = Finding.scantTrafficIdentity("shop")
            world.mesh.set("shop", Traffic(requests: 0.01))
            try await world.pass(20)
            await desk.look()
            #expect(await runner.run(tick: time.now) == .held([.warmingUp]))
            #expect(await world.journal.state.findings[identity] == nil)
            try await world.pass(40)
            await desk.look()
            #expect(await runner.run(tick: time.now) == .held([.tooLittleTraffic]))
            let held = await world.journal.state.holds[policy.id]
            #expect(held?.text.hasPrefix("too little traffic to see harm: ") == true)
            #expect(held?.text.contains("in a round of 1m") == true, "as long as the policy's")
            #expect(await world.journal.state.findings[identity]?.standing == true)
            world.mesh.set("shop", Traffic())
            try await world.pass(200)
            await desk.look()
            #expect(await world.journal.state.findings[identity]?.status == .fixed)
            #expect(await world.watch.scantTraffic("shop") == nil)
        }
    }

    /// The strike of a life that died is in place, and failing, while the next one begins.
    @Test func aStrikeOfAnEarlierLifeIsNotLearned() {
        inVirtualTime { time in
            let first = try await World(time)
            let target = Target(kind: .pod, namespace: "shop", name: "cart-0", uid: "u")
            let planned = Planned(
                round: 1, policy: "shop/p", digest: "", tick: time.now, seed: 1,
                assignment: .strike, target: target, fault: "lasting", parameters: [:],
                targetProbability: 1, faultProbability: 1, shamProbability: 0, eligiblePods: 1,
                eligibleWorkloads: 1, excluded: [:])
            try await first.journal.record(.planned(planned))
            try await first.journal.record(
                .injecting(
                    Injecting(
                        round: 1, policy: "shop/p", target: target, fault: "lasting",
                        parameters: [:], undo: [:], deadline: time.now + .seconds(600),
                        fencingToken: 1)))
            try await first.journal.record(.injected(RoundMark(round: 1)))

            let second = try await World(time, storage: first.storage)
            second.mesh.set("shop", Traffic(bad: 5))
            try await second.pass(60)
            #expect(try await second.baseline == 0, "the strike is in place")
            try await second.journal.record(.reverted(RoundMark(round: 1)))
            try await second.journal.record(.closed(Closed(round: 1, outcome: .interrupted)))
            try await second.pass(19)
            #expect(try await second.baseline == 0, "it washes out")
            second.mesh.set("shop", Traffic())
            try await second.pass(80)
            #expect(await second.watch.isWarm("shop"))
            #expect(try await second.baseline < 1e-3)
        }
    }

    @Test func aStandbyDoesNotLearn() {
        inVirtualTime { time in
            let world = try await World(time)
            world.seat.set(false)
            world.mesh.set("shop", Traffic(bad: 5))
            try await world.pass(60)
            #expect(try await world.baseline == 0)
            #expect(await world.watch.isWarm("shop") == false)
            world.seat.set(true)
            world.mesh.set("shop", Traffic())
            try await world.pass(100)
            #expect(await world.watch.isWarm("shop"))
            #expect(try await world.baseline < 1e-3)
        }
    }

    @Test func whatIsWrongWithTheReadingsIsLoggedOnceAndShown() {
        inVirtualTime { time in
            let world = try await World(
                time, namespaces: ["a", "b"], settings: JudgeSettings(seriesLimit: 2))
            world.mesh.set("a", Traffic(bad: 5))
            world.mesh.set("b", Traffic(bad: 5))
            try await world.pass(10)
            let told = world.lines.withLock { $0.filter { $0.contains("judge.seriesLimit") } }
            #expect(told.count == 1)
            #expect(await world.watch.problems == told)
        }
    }

    @Test func whatARoundCouldShowIsJournaledBeforeIt() {
        inVirtualTime { time in
            let world = try await AbortWorld(time, services: 2) { _ in }
            try await world.whileWatching {
                let foreseen = await world.watch.foreseen(world.policy)
                #expect(foreseen.count == 2)
                _ = await world.runner.run(tick: time.now)
                let round = try #require(await world.state.rounds.first)
                let power = try #require(round.planned.power)
                #expect(power.map(\.service).sorted() == foreseen.map(\.service).sorted())
                let best = try #require(power.first?.detectable)
                // 6,000 requests in the five minutes that its policy watches.
                #expect(best > 0.001 && best < 0.05, "\(best)")
            }
        }
    }
}
