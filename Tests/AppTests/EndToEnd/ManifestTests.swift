// What `kubectl kustomize` makes of the manifests: policies that are edited reach the running pods,
// and a journal on a volume has one process at a time.

import Core
import Host
import Platform
import TestServers
import Testing
import YAML

@Suite struct ManifestTests {
    /// The objects of a copy of `k8s/` after `change`, by kind and name.
    private func build(
        _ change: (String) throws -> Void = { _ in }
    ) async throws -> [String: ConfigNode] {
        let directory = try Scratch.make("hazard-manifests")
        let copied = try await run("/bin/cp", ["-R", Project.root + "/k8s", directory])
        #expect(copied.status == .exited(0))
        try change(directory + "/k8s")
        let result = try await run(
            try Project.tool("kubectl"), ["kustomize", directory + "/k8s"])
        #expect(result.status == .exited(0), "\(result.output.text)")
        var objects: [String: ConfigNode] = [:]
        for document in YAML.read(Array(result.output.text.utf8)).documents {
            let json = document.json
            let kind = json["kind"]?.string ?? ""
            objects["\(kind) \(json[path: ["metadata", "name"]]?.string ?? "")"] = document
        }
        return objects
    }

    private func append(_ text: String, to path: String) throws {
        try FileSystem.writeAtomically(try FileSystem.read(path) + Array(text.utf8), to: path)
    }

    /// A pod that is not replaced reads the new policy; a new configuration replaces it.
    @Test func aPolicyIsEditedWithoutARollout() async throws {
        let before = try await build()
        let edited = try await build { try append("# edited\n", to: $0 + "/config/policy.yaml") }
        let name = "Deployment hazard"
        #expect(before[name] != nil && before[name]?.json == edited[name]?.json)
        let policies = "ConfigMap hazard-policies"
        #expect(before[policies] != nil && before[policies]?.json != edited[policies]?.json)
        let rolled = try await build { try append("# edited\n", to: $0 + "/config/hazard.yaml") }
        #expect(before[name]?.json != rolled[name]?.json)
    }

    @Test func aJournalOnAVolumeHasOneProcess() async throws {
        let objects = try await build {
            try append("components: [persistent]\n", to: $0 + "/kustomization.yaml")
        }
        #expect(objects["PersistentVolumeClaim hazard-journal"] != nil)
        let spec = try #require(objects["Deployment hazard"]).json["spec"]
        #expect(spec?["replicas"] == .integer(1))
        #expect(spec?["strategy"] == ["type": "Recreate"])
        let volumes = spec?[path: ["template", "spec", "volumes"]]?.array ?? []
        let journal = volumes.first { $0["name"]?.string == "journal" }
        #expect(
            journal == [
                "name": "journal", "persistentVolumeClaim": ["claimName": "hazard-journal"],
            ])
    }
}
