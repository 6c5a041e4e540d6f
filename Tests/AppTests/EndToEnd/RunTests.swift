// `hazard run` as it is installed: the built program, a cluster behind a socket, policy files that
// people edit, a second daemon, a kill that nobody can catch, and an end in order.

import App
import Core
import Engine
import Glibc
import Host
import Platform
import TestServers
import Testing

@Suite(.serialized) struct RunTests {
    /// A directory with the files of a daemon, and the daemon while it runs.
    private struct Installation: Sendable {
        let live: LiveCluster
        let network: CurlNetwork
        let port: UInt16
        let policy: String
        let journal: String
        let configuration: String

        init(_ live: LiveCluster, _ network: CurlNetwork) throws {
            self.live = live
            self.network = network
            port = try LoopbackPort.find()
            policy = try live.policy(Self.spec)
            journal = live.directory + "/hazard.db"
            configuration = try Self.write(
                "hazard", live, policy: policy, port: port, journal: journal)
        }

        /// Nobody reads metrics here, so the gate does not ask for them.
        private static let spec = """
              mode: enforce
              schedule: {every: 1s}
              faults: [{kind: pod-delete, gracePeriod: 0s}]
              sham: 0%
              blastRadius:
                namespace: {maxUnavailable: 60%}
                workload: {maxUnavailable: 100%, minReady: 0, cooldown: 0s}
              judge: {observe: 60s}
              gate: {holdWhile: []}
            """

        static func write(
            _ name: String, _ live: LiveCluster, policy: String, port: UInt16, journal: String
        ) throws -> String {
            let path = "\(live.directory)/\(name).yaml.config"
            let text = """
                apiVersion: hazard.dev/v1alpha1
                kind: HazardConfiguration
                listen: 127.0.0.1:\(port)
                journal: \(journal)
                policies: [\(policy)]
                kubernetes: {kubeconfig: \(live.kubeconfig)}
                signals: {kind: scrape, interval: 1s}
                notifiers: []
                seed: 7

                """
            try FileSystem.writeAtomically(Array(text.utf8), to: path)
            return path
        }

        func start(_ lines: Lines) throws -> ChildProcess {
            try ChildProcess(
                ChildProcess.Plan(
                    try Project.hazard(), ["run", "--config", configuration],
                    output: .lines { lines.add($0) }))
        }

        /// The check of this name at /readyz.
        func readiness(_ name: String) async throws -> JSON {
            let response = try await network.exchange(
                Request("GET", "http://127.0.0.1:\(port)/readyz"))
            let checks = try JSON(parsing: response.body)["checks"]?.array ?? []
            return try #require(checks.first { $0["name"]?.string == name })
        }

        /// What the journal says, also while the daemon writes it.
        func state() async throws -> State {
            let storage = try SQLiteStorage.reader(path: journal)
            defer { try? storage.close() }
            return try await Journal(storage: storage, clock: SystemClock()).state
        }

        /// The first state with that property, awaited for a minute.
        func state(_ what: Comment, _ holds: (State) -> Bool) async throws -> State {
            let clock = SystemClock()
            let giveUp = clock.uptime + .seconds(60)
            while clock.uptime < giveUp {
                let state = try await state()
                if holds(state) { return state }
                try await clock.sleep(for: .milliseconds(100))
            }
            let held = try await self.state().holds.values.map(\.text)
            throw Failure(.transient, "the journal never showed \(what); held: \(held)")
        }
    }

    private static func withInstallation(
        _ body: @escaping @Sendable (Installation) async throws -> Void
    ) async throws {
        try await LiveCluster.with { live in
            let network = try CurlNetwork()
            defer { network.shutDown() }
            try await body(try Installation(live, network))
        }
    }

    /// Runs `body` while the daemon runs and listens; ends it however that may end.
    private static func whileRunning(
        _ installation: Installation,
        _ body: (ChildProcess, Lines) async throws -> Void
    ) async throws {
        let lines = Lines()
        let daemon = try installation.start(lines)
        do {
            _ = try await lines.first(with: "listening on", within: .seconds(60))
            try await body(daemon, lines)
        } catch {
            daemon.signal(SIGKILL)
            _ = await daemon.wait()
            throw error
        }
        daemon.signal(SIGKILL)
        _ = await daemon.wait()
    }

    /// Where everybody may read, only who is on the machine, or in the pod, changes anything.
    @Test(.timeLimit(.minutes(5)))
    func changesAreTakenInsideOnly() async throws {
        try await Self.withInstallation { installation in
            let text = String(
                decoding: try FileSystem.read(installation.configuration), as: UTF8.self
            ).replacing("listen: 127.0.0.1", with: "changes: 127.0.0.1:0\nlisten: 0.0.0.0")
            try FileSystem.writeAtomically(Array(text.utf8), to: installation.configuration)
            try await Self.whileRunning(installation) { _, lines in
                let line = try await lines.first(
                    with: "halt, resume and accept on ", within: .seconds(60))
                let inside = try #require(line.split(separator: " ").last)
                func halt(_ base: String) async throws -> Int {
                    try await installation.network.exchange(
                        Request(
                            "POST", base + "api/v1/halt",
                            headers: ["Content-Type": "application/json"],
                            body: Array("{\"by\":\"ada\"}".utf8))
                    ).status
                }
                #expect(try await halt("http://127.0.0.1:\(installation.port)/") == 404)
                #expect(try await installation.state().halted == nil)
                #expect(try await halt(String(inside)) == 200)
                _ = try await installation.state("a halt") { $0.halted?.by == "ada" }
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aMistakeInThePoliciesIsRefusedAndSaid() async throws {
        try await Self.withInstallation { installation in
            try await Self.whileRunning(installation) { daemon, lines in
                let good = try FileSystem.read(installation.policy)
                let before = try await installation.readiness("configuration")
                #expect(before["detail"]?.string == "1 policies in force")
                #expect(before["errors"]?.array == [])
                let broken = String(decoding: good, as: UTF8.self)
                    .replacing("pod-delete", with: "pod-explode")
                try FileSystem.writeAtomically(Array(broken.utf8), to: installation.policy)
                daemon.signal(SIGHUP)
                let said = try await lines.first(with: "policy refused", within: .seconds(60))
                #expect(said.contains("\(installation.policy):7:"), "\(said)")
                #expect(said.contains("pod-explode"))
                _ = try await lines.first(with: "the last good policies stay", within: .seconds(60))
                let after = try await installation.readiness("configuration")
                #expect(
                    after["detail"]?.string
                        == "the last good 1 policies stay in force; the newer ones were refused")
                #expect(after["ready"]?.bool == true)
                #expect(after["errors"]?[0]?.string?.contains("pod-explode") == true)
                #expect(after["lastGoodAt"]?.string == before["lastGoodAt"]?.string)
                let state = try await installation.state("the refusal") {
                    $0.policies?.errors.isEmpty == false
                }
                #expect(state.policies?.policies.map(\.id) == ["go-app/a"])
                // Mended, without a signal: a mounted ConfigMap sends none.
                try FileSystem.writeAtomically(good, to: installation.policy)
                _ = try await lines.first(with: "1 policies in force", within: .seconds(60))
                let mended = try await installation.readiness("configuration")
                #expect(mended["errors"]?.array == [])
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aSecondDaemonIsToldWhy() async throws {
        try await Self.withInstallation { first in
            try await Self.whileRunning(first) { daemon, _ in
                let sameJournal = try Installation.write(
                    "second", first.live, policy: first.policy, port: try LoopbackPort.find(),
                    journal: first.journal)
                let busy = try await run(
                    try Project.hazard(), ["run", "--config", sameJournal])
                #expect(busy.status == .exited(6))
                #expect(busy.output.text.contains("another Hazard (pid \(daemon.pid))"))
                let samePort = try Installation.write(
                    "third", first.live, policy: first.policy, port: first.port,
                    journal: first.live.directory + "/third.db")
                let taken = try await run(try Project.hazard(), ["run", "--config", samePort])
                #expect(taken.status == .exited(1))
                #expect(
                    taken.output.text.contains("127.0.0.1:\(first.port)"),
                    "\(taken.output.text)")
                // The first one has not noticed.
                #expect(try await first.readiness("journal")["ready"]?.bool == true)
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func whatAKilledDaemonLeftIsPutRightByTheNext() async throws {
        try await Self.withInstallation { installation in
            var open: [Int] = []
            try await Self.whileRunning(installation) { daemon, _ in
                _ = try await installation.state("a strike") {
                    $0.openRounds.contains { $0.injecting != nil }
                }
                daemon.signal(SIGKILL)
                #expect(await daemon.wait() == .signalled(SIGKILL))
                let left = try await installation.state()
                open = left.openRounds.map(\.number)
                #expect(!open.isEmpty)
                #expect(!left.stoppedInOrder)
            }
            let before = open
            try await Self.whileRunning(installation) { daemon, lines in
                let state = try await installation.state("the old rounds closed") { state in
                    before.allSatisfy { state.round($0)?.isOpen == false }
                }
                #expect(before.allSatisfy { state.round($0)?.outcome == .interrupted })
                // What the interrupted strike did must not mix with the next one's effects.
                _ = try await installation.state("the washout of the old round") { state in
                    state.holds["go-app/a"]?.reasons.contains(.washout) ?? false
                }
                #expect(try await installation.state().lastRound == before.max())
                daemon.signal(SIGTERM)
                #expect(await daemon.wait() == .exited(0), "\(lines.text)")
            }
            let end = try await installation.state()
            #expect(end.stoppedInOrder)
            #expect(end.openRounds.isEmpty)
            #expect(end.openInjections.isEmpty)
            #expect(try await installation.live.snapshot().pods.allSatisfy { $0.mark == nil })
        }
    }
}
