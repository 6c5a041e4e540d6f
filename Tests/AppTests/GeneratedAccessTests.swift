import App
import Core
import Engine
import Faults
import FoundationEssentials
import Testing

/// The RBAC manifests of k8s/: generated and current.
@Suite struct GeneratedAccessTests {
    /// The project's directory: three levels above this file.
    private static let root =
        "/" + "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/") + "/"

    @Test func theCommittedManifestsAreTheGeneratedOnes() throws {
        let records = ProcessInfo.processInfo.environment["RECORD"] == "1"
        for (path, text) in AccessManifests(.all).files {
            let full = Self.root + path
            if records { try Data(text.utf8).write(to: URL(filePath: full)) }
            let committed = FileManager.default.contents(atPath: full)
            #expect(
                committed == Data(text.utf8),
                "\(path) is stale: run the tests with RECORD=1, then commit it")
        }
    }

    @Test func rulesAreMergedAndSorted() {
        let rules = AccessRules([
            Permission(group: "", resource: "pods", verbs: ["delete", "get"]),
            Permission(group: "apps", resource: "deployments", verbs: ["patch"]),
            Permission(group: "", resource: "pods", verbs: ["watch", "get", "impersonate"]),
            Permission(group: "apps", resource: "daemonsets", verbs: ["patch"]),
            Permission(group: "", resource: "pods/eviction", verbs: ["create"]),
        ])
        #expect(
            rules.lines == [
                #"{apiGroups: [""], resources: [pods/eviction], verbs: [create]}"#,
                #"{apiGroups: [""], resources: [pods], verbs: [get, watch, delete, impersonate]}"#,
                "{apiGroups: [apps], resources: [daemonsets, deployments], verbs: [patch]}",
            ])
    }

    @Test func everyPermissionOfEveryFaultIsGranted() {
        let granted = AccessManifests(.all).files.map(\.text).joined()
        for permission in FaultCatalog.all.manifests.flatMap(\.permissions) {
            #expect(granted.contains(permission.resource))
            for verb in permission.verbs { #expect(granted.contains(verb)) }
        }
        // Nothing is granted by wildcard, and nothing that reads secrets.
        #expect(!granted.contains("*") && !granted.contains("secrets"))
    }
}
