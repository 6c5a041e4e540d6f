import Core
import Kubernetes
import Platform
import Testing

/// Which changes of a pod template are a new version.
@Suite struct TemplateFingerprintTests {
    private static let template: JSON = [
        "metadata": [
            "labels": ["app": "web"], "annotations": ["checksum/config": "1f", "a": "b"],
        ],
        "spec": [
            "containers": [
                [
                    "name": "app", "image": "web:1", "args": ["--fast"],
                    "env": [["name": "MODE", "value": "prod"]],
                ]
            ]
        ],
    ]

    private func fingerprint(_ json: JSON) throws -> UInt64 {
        var cursor = JSONCursor()
        let bytes = json.bytes
        let found = try TemplateFingerprint(&cursor, in: bytes.span).value
        #expect(cursor.at == bytes.count)
        return found
    }

    private func changed(_ path: [String], _ value: JSON?) throws -> Bool {
        var json = Self.template
        json[path: path] = value
        return try fingerprint(json) != fingerprint(Self.template)
    }

    @Test(arguments: [
        "kubectl.kubernetes.io/restartedAt", "openshift.io/restartedAt", "restartedAt",
        "cattle.io/timestamp", "rollme",
    ])
    func aRestartIsNone(key: String) throws {
        #expect(try !changed(["metadata", "annotations", key], "2026-01-01T00:00:00Z"))
        // Also where there were no annotations.
        #expect(
            try fingerprint(["metadata": ["annotations": [key: "1"]], "spec": [:]])
                == fingerprint(["metadata": [:], "spec": [:]]))
    }

    @Test func whatControllersAddIsNone() throws {
        #expect(try !changed(["metadata", "labels", "pod-template-hash"], "5b6548fbdb"))
        #expect(try !changed(["metadata", "labels", "rollouts-pod-template-hash"], "5b6548fbdb"))
        #expect(try !changed(["metadata", "creationTimestamp"], .null))
    }

    @Test func whatRunsIs() throws {
        var seen: Set<UInt64> = [try fingerprint(Self.template)]
        var image = Self.template
        let containers: JSON = [
            [
                "name": "app", "image": "web:2", "args": ["--fast"],
                "env": [["name": "MODE", "value": "prod"]],
            ]
        ]
        image[path: ["spec", "containers"]] = containers
        #expect(seen.insert(try fingerprint(image)).inserted)
        for (path, value) in [
            (["metadata", "annotations", "checksum/config"], "20" as JSON),
            (["metadata", "annotations", "b"], "b"), (["metadata", "labels", "app"], "b"),
            (["metadata", "labels", "version"], "2"),
            (["metadata", "annotations", "restartedAtlast"], "2"),
            (["spec", "serviceAccountName"], "web"), (["spec", "containers"], []),
        ] {
            var json = Self.template
            json[path: path] = value
            #expect(seen.insert(try fingerprint(json)).inserted, "\(path)")
        }
        // The same text at another place is another thing.
        #expect(
            try fingerprint(["metadata": ["labels": ["x": "y"]]])
                != fingerprint(["metadata": ["annotations": ["x": "y"]]]))
    }

    @Test func theOrderOfLabelsDoesNotCount() throws {
        #expect(
            try fingerprint(["metadata": ["labels": ["a": "1", "b": "2"]]])
                == fingerprint(["metadata": ["labels": ["b": "2", "a": "1"]]]))
        #expect(
            try fingerprint(["metadata": ["labels": ["a": "1", "b": "2"]]])
                != fingerprint(["metadata": ["labels": ["a": "2", "b": "1"]]]))
    }

    /// A Deployment and the ReplicaSet made from it, as a real API server shows them.
    @Test func aReplicaSetRunsWhatItsDeploymentSays() throws {
        let deployments = try ListPage<DeploymentObject>(
            parsing: Fixture("deployments-list").response.body)
        let sets = try ListPage<ReplicaSetObject>(
            parsing: Fixture("replicasets-list").response.body)
        let template = try #require(deployments.items.first?.template)
        #expect(template != 0)
        #expect(sets.items.contains { $0.template == template })
    }
}
