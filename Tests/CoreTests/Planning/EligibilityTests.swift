import Core
import Testing

@Suite struct EligibilityTests {
    typealias Group = SmallCluster.Group

    private func reasons(
        _ groups: [Group], _ policy: Policy, age: Duration = .seconds(3600),
        history: StrikeHistory = StrikeHistory(), honours: Bool = true,
        budgets: [Snapshot.DisruptionBudget] = []
    ) -> [String: String] {
        let snapshot = SmallCluster.snapshot(groups, age: age, budgets: budgets)
        let found = Eligibility(
            snapshot, policy: policy, history: history, honoursBudgets: honours,
            now: SmallCluster.now)
        var named: [String: String] = [:]
        for index in found.eligible { named[snapshot.pods[Int(index)].name] = "eligible" }
        for entry in found.excluded {
            named[snapshot.pods[Int(entry.pod)].name] = entry.reason.name
        }
        return named
    }

    @Test func theSafeDefaultNeverDrawsASingleReplica() throws {
        let found = reasons(
            [
                Group(name: "db", desired: 1, pods: "r"),
                Group(name: "app", desired: 4, pods: "rrrr"),
            ],
            try SmallCluster.policy())
        #expect(found["db-0"] == "last-ready")
        #expect(found["app-0"] == "eligible")
    }

    @Test func percentagesAreFloored() throws {
        // 34 % of 2 is 0: with the default a pair is never touched.
        let pair = reasons(
            [
                Group(name: "a", desired: 2, pods: "rr"),
                Group(name: "b", desired: 9, pods: "rrrrrrrrr"),
            ],
            try SmallCluster.policy())
        #expect(pair["a-0"] == "workload-limit")
        #expect(pair["b-0"] == "eligible")
    }

    @Test func whatIsBrokenAlreadyCounts() throws {
        var radius = SmallCluster.open
        radius.workloadMaxUnavailable = .count(1)
        let policy = try SmallCluster.policy(radius: radius)
        #expect(reasons([Group(name: "a", desired: 3, pods: "rrr")], policy)["a-0"] == "eligible")
        #expect(
            reasons([Group(name: "a", desired: 3, pods: "rru")], policy)["a-0"] == "workload-limit")
        // A replica that does not exist is as unavailable as one that is not ready.
        #expect(
            reasons([Group(name: "a", desired: 3, pods: "rr")], policy)["a-0"] == "workload-limit")
    }

    /// What is shown of a namespace is what the limit is applied to.
    @Test func theUseOfTheRadiusIsWhatRoundsCount() throws {
        let groups = [
            Group(name: "web", desired: 2, pods: "rrrr"), Group(name: "db", desired: 3, pods: "rm"),
        ]
        let policy = try SmallCluster.policy()
        let snapshot = SmallCluster.snapshot(groups)
        let history = StrikeHistory(held: ["web-0-uid", "web-1-uid", "web-2-uid"])
        let shown = try #require(
            RadiusUse(snapshot, policy: policy, history: history, now: SmallCluster.now))
        #expect(shown == RadiusUse(pods: 5, unavailable: 3, allowed: 1))
        let counted = Eligibility(
            snapshot, policy: policy, history: history, honoursBudgets: false,
            now: SmallCluster.now)
        #expect(counted.radius == shown)
    }

    @Test func theNamespaceLimitCountsOtherWorkloads() throws {
        var radius = SmallCluster.open
        radius.namespaceMaxUnavailable = .share(0.3)
        let policy = try SmallCluster.policy(radius: radius)
        let fine = [
            Group(name: "a", desired: 3, pods: "rrr"), Group(name: "b", desired: 3, pods: "rrr"),
        ]
        #expect(reasons(fine, policy)["a-0"] == "eligible")
        let broken = [
            Group(name: "a", desired: 3, pods: "rrr"), Group(name: "b", desired: 3, pods: "uur"),
        ]
        #expect(reasons(broken, policy)["a-0"] == "namespace-limit")
    }

    @Test(arguments: [
        ("u", "not-ready"), ("t", "terminating"), ("m", "marked"), ("f", "finished"),
    ])
    func statesExclude(_ letter: String, _ reason: String) throws {
        let found = reasons(
            [Group(name: "a", desired: 3, pods: "rr" + letter)],
            try SmallCluster.policy(radius: SmallCluster.open))
        #expect(found["a-2"] == reason)
    }

    @Test func heldTargetsAreUnavailableAtOnce() throws {
        var radius = SmallCluster.open
        radius.workloadMaxUnavailable = .count(1)
        let found = reasons(
            [Group(name: "a", desired: 3, pods: "rrr")], try SmallCluster.policy(radius: radius),
            history: StrikeHistory(held: ["a-0-uid"]))
        #expect(found["a-0"] == "held")
        #expect(found["a-1"] == "workload-limit")
    }

    @Test func coolDownAgeOwnersSelectorAndNames() throws {
        let groups = [Group(name: "a", desired: 3, pods: "rrr")]
        var radius = SmallCluster.open
        radius.cooldown = .seconds(60)
        let ref = WorkloadRef(kind: "Deployment", namespace: "shop", name: "a")
        let struck = StrikeHistory(struckAt: [ref: SmallCluster.now - .seconds(59)])
        #expect(
            reasons(groups, try SmallCluster.policy(radius: radius), history: struck)["a-0"]
                == "cooling-down")
        let young = try SmallCluster.policy(
            radius: SmallCluster.open, targets: PodTargets(minAge: .seconds(3601)))
        #expect(reasons(groups, young)["a-0"] == "too-young")
        let owners = try SmallCluster.policy(
            radius: SmallCluster.open, targets: PodTargets(owners: ["StatefulSet"]))
        #expect(reasons(groups, owners)["a-0"] == "owner-kind")
        let selector = LabelSelector([.init(key: "app", operation: .isIn, values: ["b"])])
        let labels = try SmallCluster.policy(
            radius: SmallCluster.open, targets: PodTargets(selector: selector))
        #expect(reasons(groups, labels)["a-0"] == "labels")
        let pattern = try #require(NamePattern("^a-1$"))
        let names = try SmallCluster.policy(
            radius: SmallCluster.open, targets: PodTargets(excludeNames: [pattern]))
        #expect(reasons(groups, names)["a-1"] == "excluded-name")
        #expect(reasons(groups, names)["a-2"] == "eligible")
    }

    @Test func barePodsAreStruckOnlyWhenNamed() throws {
        let groups = [Group(name: "a", desired: 1, pods: "r", kind: "Pod")]
        let any = try SmallCluster.policy(radius: SmallCluster.open)
        #expect(reasons(groups, any)["a-0"] == "unowned-pod")
        let named = try SmallCluster.policy(
            radius: SmallCluster.open, targets: PodTargets(owners: ["Pod"]))
        #expect(reasons(groups, named)["a-0"] == "eligible")
    }

    @Test func disruptionBudgetsHoldForFaultsThatBypassThem() throws {
        let groups = [Group(name: "a", desired: 3, pods: "rrr")]
        let policy = try SmallCluster.policy(radius: SmallCluster.open)
        let budget = Snapshot.DisruptionBudget(
            name: "b", namespace: 1,
            selector: LabelSelector([.init(key: "app", operation: .isIn, values: ["a"])]),
            disruptionsAllowed: 0)
        let bypassing = reasons(groups, policy, honours: false, budgets: [budget])
        #expect(bypassing["a-0"] == "disruption-budget")
        let evicting = reasons(groups, policy, honours: true, budgets: [budget])
        #expect(evicting["a-0"] == "eligible")
    }

    /// Every small namespace: two workloads of up to three pods in every state, under every small
    /// limit. Whatever is eligible may be struck without breaking any limit.
    @Test func noLimitIsEverExceeded() throws {
        let states = ["", "r", "u", "rr", "ru", "uu", "rrr", "rru", "rrt", "rrm"]
        let amounts: [Amount] = [
            .count(0), .count(1), .count(2), .share(0.34), .share(0.5), .share(1),
        ]
        var checked = 0
        for left in states {
            for right in states {
                for workload in amounts {
                    for namespace in amounts {
                        for minReady in 0...2 {
                            checked += try check(left, right, workload, namespace, minReady)
                        }
                    }
                }
            }
        }
        #expect(checked > 1000)
    }

    private func check(
        _ left: String, _ right: String, _ workload: Amount, _ namespace: Amount, _ minReady: Int
    ) throws -> Int {
        let groups = [
            Group(name: "a", desired: 3, pods: left), Group(name: "b", desired: 2, pods: right),
        ]
        let radius = BlastRadius(
            concurrentInjections: 9, namespaceMaxUnavailable: namespace,
            workloadMaxUnavailable: workload, minReady: minReady, cooldown: .zero,
            nodeMaxUnavailable: .share(1))
        let snapshot = SmallCluster.snapshot(groups)
        let found = Eligibility(
            snapshot, policy: try SmallCluster.policy(radius: radius), history: StrikeHistory(),
            honoursBudgets: true, now: SmallCluster.now)
        for index in found.eligible {
            let pod = snapshot.pods[Int(index)]
            let group = groups[Int(pod.workload)]
            let ready = group.pods.filter { $0 == "r" }.count
            let broken = max(0, group.desired - ready)
            #expect(pod.flags.contains(.ready))
            #expect(ready - 1 >= minReady)
            #expect(broken + 1 <= workload.allowed(of: group.desired))
            let all = groups.reduce(0) { sum, group in
                sum + max(0, group.desired - group.pods.filter { $0 == "r" }.count)
            }
            #expect(all + 1 <= namespace.allowed(of: 5))
        }
        return found.eligible.count
    }
}
