// The team's own alerts in a round: which count, from when to when, and the figures over rounds.

import Core
import Testing

struct AlertCoverageTests {
    private static func alert(
        _ name: String, _ labels: [String: String] = ["namespace": "shop"], from: Double,
        to: Double? = nil
    ) -> FiringAlert {
        FiringAlert(
            labels: labels.merging(["alertname": name]) { old, _ in old },
            startsAt: FindingWorld.at(from), endsAt: to.map(FindingWorld.at))
    }

    private static func coverage(
        _ alerts: [FiringAlert], round: Int = 1, isSham: Bool = false, isHarmful: Bool = true
    ) -> AlertCoverage {
        AlertCoverage(
            round: round, namespace: "shop", isSham: isSham, isHarmful: isHarmful,
            from: FindingWorld.at(100), until: FindingWorld.at(700), alerts: alerts,
            services: ["db"])
    }

    @Test func onlyAlertsThatBeganInTheRoundAreNoticed() {
        let coverage = Self.coverage([
            Self.alert("Late", from: 400), Self.alert("First", from: 130),
            Self.alert("Before", from: 50), Self.alert("Over", from: 10, to: 90),
            Self.alert("After", from: 701), Self.alert("HazardAnomaly", from: 120),
            Self.alert("Elsewhere", ["namespace": "other"], from: 120),
            Self.alert("Unscoped", [:], from: 120),
            Self.alert(
                "ByService", ["destination_service": "db.shop.svc.cluster.local"], from: 200),
            Self.alert("OtherDB", ["destination_service": "db.other.svc"], from: 200),
        ])
        #expect(coverage.noticed.map(\.name) == ["First", "ByService", "Late"])
        #expect(coverage.noticed.map(\.after) == [30, 100, 300])
        #expect(coverage.alreadyFiring == ["Before"])
    }

    @Test func theSpanEndsWithTheRecoveryTimeOrTheNextStrike() throws {
        var world = FindingWorld()
        let round = world.round(1, at: 0)
        let recovery = Duration.seconds(600)
        let alone = try #require(
            AlertCoverage.span(of: round, in: world.state, recovery: recovery))
        #expect(alone.from == FindingWorld.at(1) && alone.until == FindingWorld.at(700))
        let sham = world.round(2, at: 300, outcome: .noHarm, assignment: .sham)
        // A late alert of round 1 would look like a false one.
        #expect(AlertCoverage.span(of: sham, in: world.state, recovery: recovery) == nil)
        world.round(3, at: 400, outcome: .noHarm)
        let cut = try #require(AlertCoverage.span(of: round, in: world.state, recovery: recovery))
        #expect(cut.until == FindingWorld.at(401))
        let harmless = try #require(world.state.round(3))
        #expect(AlertCoverage.span(of: harmless, in: world.state, recovery: recovery) == nil)
        let quiet = world.round(4, at: 5000, outcome: .noHarm, assignment: .sham)
        let span = try #require(AlertCoverage.span(of: quiet, in: world.state, recovery: recovery))
        #expect(span.from == FindingWorld.at(5000) && span.until == FindingWorld.at(5100))
    }

    @Test func silenceInKOfNHarmfulRounds() throws {
        var world = FindingWorld()
        var last: [Finding] = []
        // Two rounds with an alert, after 30 and 50 s, and two without.
        for (number, delay) in [(1, 30.0), (2, nil), (3, 50), (4, nil)] as [(Int, Double?)] {
            let round = world.round(number, at: Double(number) * 10_000)
            let alerts = delay.map { [Self.alert("Burn", from: 100 + $0)] } ?? []
            world.apply(.alertCoverage(Self.coverage(alerts, round: number)), at: 90_000)
            last = world.review(.silentAlerts, world.input(round), .settled)
        }
        // One sham with a false alert, and a round whose alerts could not be read.
        let sham = Self.coverage(
            [Self.alert("Burn", from: 110)], round: 8, isSham: true, isHarmful: false)
        world.apply(.alertCoverage(sham), at: 90_000)
        let unread = world.round(9, at: 95_000)
        #expect(world.review(.silentAlerts, world.input(unread), .settled).isEmpty)
        let finding = try #require(last.first)
        #expect(finding.identity == "silent-alerts shop shop")
        #expect((finding.seen, finding.comparable) == (2, 4))
        #expect(finding.evidence[1].contains("silent in 2 of 4 harmful rounds"))
        #expect(finding.evidence[1].contains("median time to detect was 40 s"))
        let figures = try #require(world.state.alertFigures.first)
        #expect(figures.falseAlarms == 1 && figures.shams == 1 && figures.detected == 2)
    }
}
