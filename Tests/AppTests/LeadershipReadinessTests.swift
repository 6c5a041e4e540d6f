import App
import Engine
import Testing
import Web

/// What `/readyz` says of the leadership.
@Suite struct LeadershipReadinessTests {
    private struct Seat: Leadership {
        var leads = false
        var inTheWay: LeadershipObstacle?
        func token() async -> Int? { leads ? 1 : nil }
        func run() async {}
        func obstacle() async -> LeadershipObstacle? { inTheWay }
    }

    @Test func whoStandsByIsReadyAndWhoCannotAskIsNot() async {
        let leading = await ReadinessCheck(Seat(leads: true))
        #expect(leading.isReady && leading.detail == "leading")
        let other = LeadershipObstacle("hazard-1 leads", isFailure: false)
        let waiting = await ReadinessCheck(Seat(inTheWay: other))
        #expect(waiting.isReady && waiting.detail == "standing by: hazard-1 leads")
        let broken = LeadershipObstacle("the Lease a/b cannot be used: 403", isFailure: true)
        let refused = await ReadinessCheck(Seat(inTheWay: broken))
        #expect(!refused.isReady && refused.detail == broken.text)
        #expect(await ReadinessCheck(Seat()).isReady)
    }
}
