// What the built program answers to options and configurations that it cannot use.

import Core
import Host
import TestServers
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ExitCodeTests {
    @Test func theDemoRefusesAnAlertmanagerThatIsNoURL() async throws {
        let (status, output) = try await run(
            try Project.hazard(), ["demo", "--port", "0", "--alertmanager", "localhost:9093"],
            directory: Project.root)
        #expect(status == .exited(2), "\(output.text)")
        #expect(output.list.count == 1)
        #expect(output.list.first?.hasPrefix("error: --alertmanager: ") == true, "\(output.text)")
        #expect(output.text.contains("localhost:9093"))
    }

    @Test func theDaemonRefusesAContextThatIsNotThere() async throws {
        let directory = try Scratch.make("hazard-test")
        defer { Scratch.remove(directory) }
        func write(_ name: String, _ text: String) throws -> String {
            let path = directory + "/" + name
            try FileSystem.writeAtomically(Array(text.utf8), to: path)
            return path
        }
        let kubeconfig = try write(
            "kubeconfig",
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
            contexts: [{name: right, context: {cluster: c, user: u}}]
            current-context: right
            users: [{name: u, user: {}}]

            """)
        let policy = try write(
            "policy.yaml",
            """
            apiVersion: hazard.dev/v1alpha1
            kind: ChaosPolicy
            metadata: {name: a, namespace: go-app}
            spec: {schedule: {every: 2m}, faults: [{kind: pod-evict}]}

            """)
        let configuration = try write(
            "hazard.yaml",
            """
            apiVersion: hazard.dev/v1alpha1
            kind: HazardConfiguration
            listen: 127.0.0.1:0
            journal: \(directory)/hazard.db
            policies: [\(policy)]
            kubernetes: {kubeconfig: \(kubeconfig), context: wrong}
            signals: {kind: scrape, interval: 1s}
            notifiers: []

            """)
        let (status, output) = try await run(
            try Project.hazard(), ["run", "--config", configuration])
        #expect(status == .exited(2), "\(output.text)")
        #expect(output.text.contains("wrong") && output.text.contains("right"), "\(output.text)")
    }
}
