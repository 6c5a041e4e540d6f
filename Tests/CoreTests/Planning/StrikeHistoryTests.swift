import Core
import Testing

/// What open and past rounds forbid, as the journal knows it.
@Suite struct StrikeHistoryTests {
    private static let web = WorkloadRef(kind: "Deployment", namespace: "shop", name: "web")

    private static func instant(_ seconds: Double) -> Timestamp { Timestamp(seconds: seconds) }

    /// A planned strike at second 100 x number, on the pod of that number.
    private static func plan(_ number: Int, into state: inout State) {
        state.apply(
            .planned(
                Planned(
                    round: number, policy: "shop/p", digest: "", tick: instant(0), seed: 1,
                    assignment: .strike, target: target(number), fault: "f", parameters: [:],
                    targetProbability: 1, faultProbability: 1, shamProbability: 0,
                    eligiblePods: 1, eligibleWorkloads: 1, excluded: [:])),
            sequence: 1, at: instant(Double(number) * 100))
    }

    private static func announce(_ number: Int, into state: inout State) {
        state.apply(
            .injecting(
                Injecting(
                    round: number, policy: "shop/p", target: target(number), fault: "f",
                    parameters: [:], undo: [:], deadline: instant(0), fencingToken: 1)),
            sequence: 2, at: instant(Double(number) * 100 + 1))
    }

    private static func target(_ number: Int) -> Target {
        Target(
            kind: .pod, namespace: "shop", name: "web-\(number)", uid: "uid-\(number)",
            workload: web)
    }

    private static func history(_ state: State, except own: Int? = nil) throws -> StrikeHistory {
        StrikeHistory(
            state, policy: try SmallCluster.policy(), snapshot: nil, now: instant(300),
            except: own)
    }

    @Test func anOpenStrikeCoolsItsWorkloadBeforeItInjects() throws {
        var state = State()
        Self.plan(1, into: &state)
        let history = try Self.history(state)
        #expect(history.held == ["uid-1"])
        #expect(history.struckAt[Self.web] == Self.instant(100))
    }

    @Test func aRoundIsNotInItsOwnWay() throws {
        var state = State()
        Self.plan(1, into: &state)
        Self.announce(1, into: &state)
        #expect(try Self.history(state).struckAt[Self.web] == Self.instant(101))
        let own = try Self.history(state, except: 1)
        #expect(own.held.isEmpty)
        #expect(own.struckAt[Self.web] == nil)
    }

    @Test func othersStayInTheWay() throws {
        var state = State()
        Self.plan(1, into: &state)
        Self.announce(1, into: &state)
        Self.plan(2, into: &state)
        Self.announce(2, into: &state)
        let own = try Self.history(state, except: 2)
        #expect(own.held == ["uid-1"])
        #expect(own.struckAt[Self.web] == Self.instant(101))
        state.apply(
            .closed(Closed(round: 1, outcome: .noHarm)), sequence: 3, at: Self.instant(250))
        #expect(try Self.history(state, except: 2).struckAt[Self.web] == Self.instant(101))
    }
}
