import Core
import Testing

/// The clocks of recovery, and how long a service may take.
@Suite struct HealingTimeTests {
    private static let key = Counters.key("shop", "pod-delete")

    /// Round `number` at 10,000 s times its number, and a recovery `seconds` after its end: the
    /// fault is injected after 1 s and shows after 2 s, the anomaly begins after 3 s.
    private static func heal(
        _ number: Int, after seconds: Double, in world: inout FindingWorld,
        workload: WorkloadRef = FindingWorld.db, unrecoveredAt: Double? = nil
    ) {
        let at = Double(number) * 10_000
        world.round(number, at: at, target: FindingWorld.target(workload))
        world.anomaly(
            number, round: number, onset: at + 3, recoveredAfter: seconds - 1,
            unrecoveredAt: unrecoveredAt.map { at + $0 })
    }

    private static func lasting(_ number: Int, at second: Double) -> Event {
        .injecting(
            Injecting(
                round: number, policy: "shop/p", target: FindingWorld.target(),
                fault: "pod-delete", parameters: [:], undo: [:],
                deadline: FindingWorld.at(second + 660), fencingToken: 1, lasts: 600))
    }

    @Test func aDeletedPodsFaultEndsWhenItShows() throws {
        var world = FindingWorld()
        Self.heal(1, after: 50, in: &world)
        let healing = try #require(world.state.pastAnomalies.last?.healing)
        #expect(healing.repair == 51 && healing.heal == 50)
        #expect(healing.struck == FindingWorld.db)
        let counters = world.state.counters
        #expect(counters.repairTimes[Self.key]?.sum == 51)
        #expect(counters.healTimes[Self.key]?.sum == 50)
        #expect(counters.recoveryTimes[Self.key]?.sum == 49, "from the onset")
    }

    @Test func aLastingFaultEndsWhenItIsReverted() throws {
        var world = FindingWorld()
        world.round(1, at: 0)
        world.apply(Self.lasting(1, at: 1), at: 1)
        world.anomaly(1, round: 1, onset: 3)
        let open = try #require(world.state.anomalies.last)
        // Still in place: what cannot be reverted does not stop the clock.
        #expect(open.clockStart(in: world.state) == FindingWorld.at(661))
        world.apply(.reverted(RoundMark(round: 1)), at: 601)
        #expect(open.clockStart(in: world.state) == FindingWorld.at(601))
        world.anomaly(2, round: 1, onset: 3, recoveredAfter: 698)
        #expect(world.state.pastAnomalies.last?.healing?.repair == 700)
        #expect(world.state.pastAnomalies.last?.healing?.heal == 100)
        // One that was over before had nothing to heal from.
        world.anomaly(3, round: 1, onset: 3, recoveredAfter: 100)
        #expect(world.state.pastAnomalies.last?.healing?.repair == 102)
        #expect(world.state.pastAnomalies.last?.healing?.heal == nil)
        #expect(world.state.counters.healTimes[Self.key]?.count == 1)
        #expect(world.state.counters.repairTimes[Self.key]?.count == 2)
    }

    @Test func endsThatNobodyMeasuredDoNotCount() {
        var world = FindingWorld()
        world.round(1, at: 0)
        world.anomaly(1, round: 1, onset: 3)
        // As after a restart: closed at the instant of looking.
        let now = FindingWorld.at(50_000)
        let recovery = Recovery(
            service: FindingWorld.service, signal: .badRatio, onset: FindingWorld.at(3),
            recoveredAt: now, detectedAt: now, excess: 1)
        world.apply(.recovered(AnomalyRecovered(id: 1, recovery: recovery)), at: 50_000)
        #expect(world.state.pastAnomalies.count == 1)
        #expect(world.state.pastAnomalies[0].healing == nil)
        #expect(world.state.counters.healTimes.isEmpty)
        world.anomaly(2, round: nil, onset: 60_000, recoveredAfter: 10)
        #expect(world.state.pastAnomalies[1].healing == nil, "no strike, no clock")
    }

    private func patience(
        _ world: FindingWorld, _ times: JudgeTimes, workload: WorkloadRef? = FindingWorld.db
    ) -> Double {
        world.state.patience(times, namespace: "shop", workload: workload).time.inSeconds
    }

    @Test func onlyTheDefaultIsStretched() {
        var world = FindingWorld()
        for number in 1...4 { Self.heal(number, after: 400, in: &world) }
        #expect(patience(world, JudgeTimes()) == 900, "four say nothing about a P95")
        Self.heal(5, after: 500, in: &world)
        // The P95 of 400, 400, 400, 400, 500 is 480.
        #expect(patience(world, JudgeTimes()) == 1440)
        let stretched = world.state.patience(
            JudgeTimes(), namespace: "shop", workload: FindingWorld.db)
        #expect(stretched.reason?.hasPrefix("24m were granted, three times the P95 of 5") == true)
        for written in [30.0, 900, 3600] {
            let times = JudgeTimes(recovery: .inSeconds(written))
            #expect(patience(world, times) == written, "a written time is a promise")
            #expect(
                world.state.patience(times, namespace: "shop", workload: nil).reason == nil)
        }
        #expect(
            world.state.patience(JudgeTimes(), namespace: "go-app", workload: nil).time
                == .seconds(900))
        // Quick heals do not make it shorter.
        for number in 6...150 { Self.heal(number, after: 20, in: &world) }
        #expect(patience(world, JudgeTimes()) == 900)
    }

    @Test func whatHadToBeAlarmedAboutMakesNobodyMorePatient() {
        var world = FindingWorld()
        for number in 1...9 {
            Self.heal(number, after: 7000, in: &world, unrecoveredAt: 903)
        }
        #expect(patience(world, JudgeTimes()) == 900)
    }

    @Test func theStruckWorkloadsOwnHealsComeFirst() {
        var world = FindingWorld()
        let slow = WorkloadRef(kind: "Deployment", namespace: "shop", name: "slow")
        for number in 1...5 { Self.heal(number, after: 20, in: &world) }
        for number in 6...10 { Self.heal(number, after: 500, in: &world, workload: slow) }
        #expect(patience(world, JudgeTimes()) == 900)
        #expect(patience(world, JudgeTimes(), workload: slow) == 1500)
        #expect(patience(world, JudgeTimes(), workload: nil) == 1500, "the namespace's")
        world.round(11, at: 110_000, target: FindingWorld.target(slow))
        world.anomaly(11, round: 11, onset: 110_003)
        let open = world.state.anomalies[0]
        #expect(world.state.patience(open, []).time == .seconds(1500))
        // The strictest policy of the namespace counts.
        let both = [JudgeTimes(), JudgeTimes(recovery: .seconds(1000))]
        #expect(world.state.patience(open, both).time == .seconds(1000))
    }
}
