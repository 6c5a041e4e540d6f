import Core
import Engine
import Host
import Platform
import Testing

@testable import App

/// `preview` and `explain` against a local cluster behind a socket.
@Suite(.timeLimit(.minutes(10)))
struct PreviewCommandTests {
    private static let open = """
          mode: enforce
          schedule: {every: 10m}
          faults: [{kind: pod-evict, weight: 3}, {kind: pod-delete}]
          sham: 20%
          blastRadius:
            namespace: {maxUnavailable: 40%}
            workload: {maxUnavailable: 100%, minReady: 0, cooldown: 1m}
            disruptionBudgets: ignore
          judge: {observe: 5m}
        """
    private static let careful = """
          mode: enforce
          schedule: {every: 20m}
          targets: {pods: {choose: pod, excludeNames: ["^repeater-"]}}
          faults: [{kind: pod-evict}]
          sham: 10%
          blastRadius:
            namespace: {maxUnavailable: 40%}
            workload: {maxUnavailable: 50%, minReady: 1}
          judge: {observe: 5m}
        """

    private func preview(
        _ options: PreviewCommand.Options
    ) async -> (App.ExitStatus, Recorded) {
        let recorded = Recorded()
        return (await PreviewCommand.run(options, output: recorded.output), recorded)
    }

    private func explain(
        _ options: ExplainCommand.Options
    ) async -> (App.ExitStatus, Recorded) {
        let recorded = Recorded()
        return (await ExplainCommand.run(options, output: recorded.output), recorded)
    }

    /// The signals are not read: why they held the daemon is in the journal.
    @Test func whatTheSignalsHeldComesFromTheJournal() {
        let policy = Policy(
            name: "p", namespace: "shop", mode: .enforce,
            schedule: Schedule(cadence: .every(.seconds(60))), targets: PodTargets(), faults: [],
            sham: 0, blastRadius: BlastRadius(), judge: JudgeTimes(), gate: GateRules(),
            source: "", digest: "")
        let now = Timestamp(seconds: 1_800_000_000)
        func holds(_ reason: HoldReason) -> [Hold] {
            var state = State()
            let held = Held(policy: policy.id, tick: now, reasons: [reason], text: "the text")
            state.apply(.held(held), sequence: 1, at: now)
            let sight = PolicySight(
                policies: [policy], snapshot: Snapshot(takenAt: now, namespaces: ["shop"]),
                state: state, now: now)
            return sight.holds(policy)
        }
        let found = holds(.tooLittleTraffic)
        #expect(found.map(\.reason) == [.tooLittleTraffic])
        #expect(found.first?.text == "at the tick of \(now.rfc3339Seconds): the text")
        #expect(holds(.budget).isEmpty, "that is counted here")
    }

    @Test func chancesAreExact() async throws {
        try await LiveCluster.with { live in
            let path = try live.policy(Self.open)
            let (exit, recorded) = await preview(.init(sight: live.sight([path]), format: .json))
            #expect(exit == .success, "\(recorded.errors)")
            let policy = try #require(recorded.json?["policies"]?[0])
            let pods = try #require(policy["pods"]?.array)
            #expect(pods.count == 5)
            for pod in pods {
                // A third of the strikes each, and the two pods of a workload share it.
                let isAlone = pod["workload"]?.string == "Deployment go-app-db"
                let wanted = 0.8 / 3 / (isAlone ? 1 : 2)
                #expect(abs((pod["chance"]?.double ?? 0) - wanted) < 1e-12)
            }
            #expect(policy["round"]?["secondsBetween"]?.double == 600)
            for workload in policy["workloads"]?.array ?? [] {
                let between = workload["secondsBetweenStrikes"]?.double ?? 0
                #expect(abs(between - 600 * 3 / 0.8) < 1e-6)
            }
            #expect(policy["faults"]?[0]?["share"]?.double == 0.75)
            let (_, text) = await preview(.init(sight: live.sight([path])))
            #expect(text.lines.first == "go-app/a (enforce): 5 of 5 pods may be struck now")
            #expect(text.text.contains("26.7%") && text.text.contains("a round every 10m"))
            #expect(text.text.contains("37m30s"))
            #expect(text.text.contains("the traffic is not known"))
        }
    }

    @Test func aJournalGivesTrafficAndHistory() async throws {
        try await SampleJournal.with { journal in
            try await journal.write([
                SampleJournal.start, SampleJournal.learned([("go-app", 150), ("go-app-db", 0.01)]),
                .planned(SampleJournal.planned(1)), SampleJournal.injecting(1),
                .reverted(RoundMark(round: 1)), .closed(Closed(round: 1, outcome: .noHarm)),
            ])
            try await LiveCluster.with { live in
                // However long the test takes, the strike is no longer ago than that.
                let path = try live.policy(
                    Self.open.replacing("cooldown: 1m", with: "cooldown: 1h"))
                let sight = live.sight([path], journal: journal.path)
                let (exit, recorded) = await preview(.init(sight: sight, format: .json))
                #expect(exit == .success, "\(recorded.errors)")
                let policy = try #require(recorded.json?["policies"]?[0])
                // SampleJournal struck Deployment go-app/go-app a moment ago.
                let cooling = policy["pods"]?.array?.filter { $0["whyNot"] == "cooling-down" }
                #expect(cooling?.count == 2)
                let services = try #require(policy["services"]?.array)
                #expect(services.map { $0["service"]?.string } == ["go-app", "go-app-db"])
                #expect(services.map { $0["observable"] } == [.bool(true), .bool(false)])
                #expect((services[0]["rounds"]?.double ?? 0) >= 13)
                let (_, text) = await preview(.init(sight: sight))
                #expect(
                    text.text.contains(
                        "unobservable, not even half of all requests failing would show in one "
                            + "round: go-app-db"))
                let snapshot = try await live.snapshot()
                let name = try #require(
                    snapshot.pods.first { $0.name.hasPrefix("go-app-") && $0.workload == 0 }?.name)
                let (no, why) = await explain(.init(sight: sight, object: "pod/\(name)"))
                #expect(no == .unknown)
                #expect(why.text.contains("no (cooling-down)"), "\(why.text)")
                #expect(why.text.contains("cooldown 1h"))
            }
        }
    }

    @Test func policiesAreCompared() async throws {
        try await LiveCluster.with { live in
            let old = try live.policy(Self.open)
            let new = try live.policy(Self.careful, name: "b")
            let (exit, recorded) = await preview(
                .init(sight: live.sight([old]), diff: new, format: .json))
            #expect(exit == .success, "\(recorded.errors)")
            let diff = try #require(recorded.json?["differences"]?[0])
            let reasons = diff["pods"]?.array?.map { $0["new"]?["whyNot"]?.string ?? "drawn" }
            #expect(
                reasons?.sorted()
                    == ["drawn", "drawn", "excluded-name", "excluded-name", "last-ready"])
            let settings = diff["settings"]?.array?.compactMap { $0["name"]?.string } ?? []
            #expect(settings.contains("shams") && settings.contains("a round every"))
            #expect(!settings.contains("mode"))
            let (same, text) = await preview(.init(sight: live.sight([old]), diff: old))
            #expect(same == .success)
            #expect(
                text.lines.count == 1 && text.text.hasSuffix("no difference on this cluster now"))
            let other = try live.policy(Self.open, name: "c", namespace: "shop")
            let (usage, wrong) = await preview(.init(sight: live.sight([old]), diff: other))
            #expect(usage == .usage)
            #expect(wrong.errors.first?.contains("another namespace") == true)
        }
    }

    @Test func aPodIsExplained() async throws {
        try await LiveCluster.with { live in
            let paths = [
                try live.policy(Self.open), try live.policy(Self.careful, name: "b"),
                try live.policy(Self.careful, name: "c", namespace: "shop"),
            ]
            let snapshot = try await live.snapshot()
            let database = try #require(
                snapshot.pods.first { $0.name.hasPrefix("go-app-db-") }?.name)
            let (exit, recorded) = await explain(
                .init(sight: live.sight(paths), object: "pod/\(database)"))
            #expect(exit == .success, "\(recorded.errors)")
            #expect(
                recorded.text.contains(
                    "go-app/a (enforce): yes, with 26.7% of its rounds (1 of 3 workloads, 1 of 1 "
                        + "of its pods, 20% shams)"), "\(recorded.text)")
            #expect(recorded.text.contains("go-app/b (enforce): no (last-ready)"))
            #expect(recorded.text.contains("1 of 1 ready, minReady 1"))
            #expect(recorded.text.contains("write workload.minReady: 0"))
            #expect(recorded.text.contains("shop/c (enforce): no (other-namespace)"))
            let (no, json) = await explain(
                .init(
                    sight: live.sight([paths[1]]), object: database, namespace: "go-app",
                    format: .json))
            #expect(no == .unknown)
            let answer = json.json?["pods"]?[0]?["policies"]?[0]
            #expect(answer?["whyNot"] == "last-ready")
            #expect(answer?["numbers"] == "1 of 1 ready, minReady 1")
        }
    }

    @Test func mistakesSayWhereAndWhatNext() async throws {
        try await LiveCluster.with { live in
            let path = try live.policy(Self.open)
            let sight = live.sight([path])
            let cases: [(ExplainCommand.Options, String)] = [
                (.init(sight: sight, object: "node/a"), "only pods are struck"),
                (.init(sight: sight, object: "pod/go-app-db"), "did you mean go-app-db-"),
                (.init(sight: sight, object: "pod/x", namespace: "nowhere"), "in nowhere"),
                (.init(sight: live.sight([]), object: "pod/x"), "no policy is named"),
                (.init(sight: live.sight(["/nowhere.yaml"]), object: "pod/x"), "/nowhere.yaml"),
            ]
            for (options, message) in cases {
                let (exit, recorded) = await explain(options)
                #expect(exit == .usage, "\(message)")
                #expect(recorded.errors.first?.contains(message) == true, "\(recorded.errors)")
                #expect(recorded.lines.isEmpty)
            }
            for regression in ["1", "0%", "200%"] {
                let (exit, recorded) = await preview(.init(sight: sight, regression: regression))
                #expect(exit == .usage)
                #expect(recorded.errors.first?.contains("--regression") == true)
            }
            let missing = live.sight([path], journal: live.directory + "/none.db")
            let (exit, recorded) = await preview(.init(sight: missing))
            #expect(exit == .failure && recorded.errors.first?.contains("none.db") == true)
            // Nothing listens on port 1.
            var dead = sight
            dead.kubeconfig = live.directory + "/dead"
            let text = String(decoding: try FileSystem.read(live.kubeconfig), as: UTF8.self)
            let start = try #require(text.firstRange(of: "127.0.0.1:"))
            let port = text[start.upperBound...].prefix { $0.isNumber }
            try FileSystem.writeAtomically(
                Array(text.replacing("127.0.0.1:\(port)", with: "127.0.0.1:1").utf8),
                to: live.directory + "/dead")
            let (gone, why) = await preview(.init(sight: dead))
            #expect(gone == .failure && why.errors.first?.contains("127.0.0.1:1") == true)
        }
    }

    @Test func aPolicyThatMayStrikeNothingSaysSo() async throws {
        try await LiveCluster.with { live in
            let spec = """
                  mode: enforce
                  schedule: {every: 2m, windows: [{days: [Mon-Sun], from: "00:00", to: "00:01"}]}
                  faults: [{kind: pod-evict}]
                """
            let (exit, recorded) = await preview(.init(sight: live.sight([try live.policy(spec)])))
            #expect(exit == .unknown)
            #expect(recorded.lines.first?.contains("0 of 5 pods may be struck now") == true)
            #expect(recorded.text.contains("would exceed workload.maxUnavailable"))
        }
    }
}
