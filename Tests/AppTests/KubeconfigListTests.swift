import App
import Core
import Kubernetes
import Platform
import Testing

/// The variable KUBECONFIG as kubectl reads it.
@Suite struct KubeconfigListTests {
    private static let files = [
        "/one": """
        current-context: a
        contexts: [{name: a, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {server: "https://one:6443"}}]
        """,
        "/two": """
        current-context: b
        contexts: [{name: b, context: {cluster: c}}]
        clusters: [{name: c, cluster: {server: "https://two:6443"}}]
        users: [{name: u, user: {token: t}}]
        """,
        "/empty": "", "/broken": "a: [",
        "/home/ada/.kube/config": """
        contexts: [{name: usual, context: {cluster: c}}]
        """,
    ]

    private func listed(_ variable: String?) throws -> Kubeconfig {
        var environment = ["HOME": "/home/ada"]
        environment["KUBECONFIG"] = variable
        let reader = FileReader { (path) throws(Failure) in
            guard let text = Self.files[path] else { throw Failure(.rejected, "no \(path)") }
            return Array(text.utf8)
        }
        return try ClusterConnection.listed(
            environment, reader, exists: { Self.files[$0] != nil || $0 == "/forbidden" })
    }

    @Test func filesAreMergedAndTheFirstWins() throws {
        let found = try listed("/missing:/one::/empty:/two")
        #expect(found.contextNames == ["a", "b"])
        let access = try found.access(readFile: .none)
        #expect(access.server == "https://one:6443")
        // Its user stands in the other file.
        #expect(access.credential == .token("t"))
        #expect(try listed("/two:/one").access(readFile: .none).server == "https://two:6443")
    }

    @Test func withoutTheVariableTheUsualFileIsRead() throws {
        #expect(try listed(nil).contextNames == ["usual"])
        #expect(try listed("").contextNames == ["usual"])
    }

    @Test(arguments: ["/missing", "/missing:/gone", "/empty", ":"])
    func whereNothingIsFoundTheListIsNamed(variable: String) throws {
        let error = try #require(throws: ConfigError.self) { try listed(variable) }
        for path in variable.split(separator: ":") { #expect(error.message.contains(path)) }
        #expect(error.fix.contains("unset"))
    }

    @Test func whatCannotBeReadIsNoMissingFile() {
        #expect(throws: ConfigError.self) { try listed("/one:/broken") }
        #expect(throws: Failure.self) { try listed("/one:/forbidden") }
    }
}
