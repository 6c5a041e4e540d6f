// `hazard check`: what it says of places without files, and of a cluster that it cannot read.

import Core
import Host
import TestServers
import Testing

@testable import App

@Suite(.timeLimit(.minutes(10)))
struct CheckCommandTests {
    private func check(
        _ paths: [String], json: Bool = false, kubeconfig: String? = nil
    ) async -> (status: App.ExitStatus, recorded: Recorded) {
        let recorded = Recorded()
        let status = await CheckCommand.run(
            paths, json: json, cluster: kubeconfig != nil, kubeconfig: kubeconfig,
            output: recorded.output)
        return (status, recorded)
    }

    /// Two policies: a good one, and one with a mistake.
    private func policies(in directory: String) throws -> [String] {
        try ["pod-delete", "pod-explode"].enumerated().map { index, fault in
            let path = "\(directory)/\(index).yaml"
            let text = """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {name: p\(index), namespace: go-app}
                spec:
                  schedule: {every: 2m}
                  faults: [{kind: \(fault)}]

                """
            try FileSystem.writeAtomically(Array(text.utf8), to: path)
            return path
        }
    }

    @Test func aDirectoryWithoutFilesIsAMistake() async throws {
        let empty = try Scratch.make("hazard-test")
        let full = try Scratch.make("hazard-test")
        defer { for directory in [empty, full] { Scratch.remove(directory) } }
        let words = "there is nothing to check in \(empty); name a file, or a directory"
        let (status, recorded) = await check([empty])
        #expect(status == .usage)
        #expect(recorded.errors.count == 1 && recorded.errors[0].hasPrefix(words))
        let good = try policies(in: full)[0]
        let (other, both) = await check([good, empty])
        #expect(other == .usage)
        #expect(both.errors.count == 1 && both.errors[0].hasPrefix(words))
        #expect(both.lines.first?.hasPrefix("ok  \(good)") == true)
        let (third, json) = await check([empty], json: true)
        #expect(third == .usage)
        #expect(json.json?["ok"]?.bool == false)
        #expect(json.json?["errors"]?.array?.count == 1)
    }

    @Test func mistakesAreSaidAlsoWithoutTheCluster() async throws {
        let directory = try Scratch.make("hazard-test")
        defer { Scratch.remove(directory) }
        let paths = try policies(in: directory)
        let kubeconfig = directory + "/kubeconfig"
        let text = """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:\(try LoopbackPort.find())"}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            current-context: c
            users: [{name: u, user: {}}]

            """
        try FileSystem.writeAtomically(Array(text.utf8), to: kubeconfig)
        let (status, recorded) = await check(paths, kubeconfig: kubeconfig)
        #expect(status == .failure)
        #expect(recorded.errors.count == 2)
        #expect(recorded.errors.contains { $0.hasPrefix("the cluster cannot be read: ") })
        #expect(
            recorded.errors.contains { $0.hasPrefix(paths[1]) && $0.contains("pod-explode") })
        #expect(recorded.lines == [], "nothing is known to be well")
        let (same, json) = await check(paths, json: true, kubeconfig: kubeconfig)
        #expect(same == .failure)
        let document = try #require(json.json)
        #expect(document["ok"]?.bool == false)
        #expect(document["failure"]?.string?.contains("cannot be read") == true)
        #expect(document["errors"]?.array?.count == 1)
        #expect(document["policies"]?[0]?["id"]?.string == "go-app/p0")
    }
}
