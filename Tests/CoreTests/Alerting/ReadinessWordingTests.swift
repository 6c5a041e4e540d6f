import Core
import Testing

/// What is said of Kubernetes beside a service that did not recover.
@Suite struct ReadinessWordingTests {
    private func finding(_ groups: [SmallCluster.Group]) -> String {
        var chronicle = Chronicle()
        chronicle.open(1, round: nil)
        return unrecoveredFinding(
            chronicle.state.anomalies[0], snapshot: SmallCluster.snapshot(groups),
            state: chronicle.state, now: chronicle.now + .seconds(900))
    }

    @Test func moreThanOneNeedsMakesUpForNoOther() {
        let found = finding([
            .init(name: "web", desired: 2, pods: "rrrrr"),
            .init(name: "db", desired: 3, pods: "uu"), .init(name: "off", desired: 0, pods: ""),
        ])
        #expect(found.hasPrefix("2 of 5 pods are Ready; "))
    }

    @Test func whereNoPodShouldBeNothingIsSaidOfReadiness() {
        let found = finding([.init(name: "web", desired: 0, pods: "")])
        #expect(!found.contains("Ready"))
        #expect(found.contains("not recovered after 900 s"))
    }
}
