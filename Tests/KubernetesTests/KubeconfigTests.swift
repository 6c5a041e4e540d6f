import Core
import Kubernetes
import Platform
import Testing

@Suite struct KubeconfigTests {
    private let files: [String: String] = [
        "/home/a/.kube/ca.pem": "CA", "/home/a/.kube/client.pem": "CERT", "/etc/key.pem": "KEY",
    ]

    private func access(
        _ json: JSON, context: String? = nil, file: String = "/home/a/.kube/config"
    ) throws -> ClusterAccess {
        let files = files
        return try Kubeconfig(ConfigNode(json: json), file: file).access(
            context: context,
            readFile: FileReader { (path) throws(Failure) in
                guard let text = files[path] else {
                    throw Failure(.rejected, "\(path) does not exist")
                }
                return Array(text.utf8)
            })
    }

    private func document(user: JSON, cluster: JSON = ["server": "https://10.0.0.1:6443"]) -> JSON {
        [
            "apiVersion": "v1", "kind": "Config", "current-context": "one",
            "contexts": [
                [
                    "name": "one",
                    "context": ["cluster": "c", "user": "u", "namespace": "go-app"],
                ],
                ["name": "two", "context": ["cluster": "c"]],
                ["name": "broken", "context": ["cluster": "none", "user": "u"]],
            ],
            "clusters": [["name": "c", "cluster": cluster]],
            "users": [["name": "u", "user": user]],
        ]
    }

    @Test func certificatesComeFromDataOrFilesRelativeToTheKubeconfig() throws {
        let found = try access(
            document(
                user: ["client-certificate": "client.pem", "client-key": "/etc/key.pem"],
                cluster: [
                    "server": "https://10.0.0.1:6443/", "certificate-authority": "ca.pem",
                    "tls-server-name": "kubernetes",
                ]))
        #expect(found.server == "https://10.0.0.1:6443")
        #expect(found.namespace == "go-app")
        #expect(found.tls?.authorities == Array("CA".utf8))
        #expect(found.tls?.clientCertificate == Array("CERT".utf8))
        #expect(found.tls?.clientKey == Array("KEY".utf8))
        #expect(found.tls?.serverName == "kubernetes")
        #expect(found.tls?.insecure == false)
        let inline = try access(
            document(
                user: ["client-certificate-data": "Q0VSVA==", "client-key-data": "S0VZ"],
                cluster: [
                    "server": "https://10.0.0.1:6443", "insecure-skip-tls-verify": true,
                ]))
        #expect(inline.tls?.clientCertificate == Array("CERT".utf8))
        #expect(inline.tls?.clientKey == Array("KEY".utf8))
        #expect(inline.tls?.insecure == true)
    }

    @Test func tokens() throws {
        #expect(try access(document(user: ["token": "t"])).credential == .token("t"))
        #expect(
            try access(document(user: ["token": "t", "tokenFile": "tok"])).credential
                == .tokenFile("/home/a/.kube/tok"))
        let second = try access(document(user: ["token": "t"]), context: "two")
        #expect(second.credential == .none)
        #expect(second.namespace == "default")
        let secret = try access(document(user: ["token": "s3cret"])).credential
        #expect(!"\(secret)".contains("s3cret"))
    }

    @Test(arguments: [
        ("exec", "exec is not supported"), ("auth-provider", "not supported"),
        ("username", "not supported"), ("as", "not supported"),
    ])
    func whatIsNotSupportedSaysWhatToDo(key: String, words: String) throws {
        let user: JSON = .object(.init([(key, ["command": "aws"] as JSON)]))
        let error = try #require(throws: ConfigError.self) {
            try access(document(user: user))
        }
        #expect(error.message.contains(words))
        #expect(!error.fix.isEmpty)
        #expect(error.file == "/home/a/.kube/config")
        #expect(error.path == "users[u].user.\(key)")
    }

    @Test func mistakesAreNamed() throws {
        func message(_ json: JSON, context: String? = nil) throws -> String {
            try #require(throws: ConfigError.self) { try access(json, context: context) }
                .description
        }
        let good = document(user: ["token": "t"])
        #expect(try message("text").contains("expected a mapping"))
        #expect(try message(["kind": "Pod"]).contains("this is a Pod"))
        #expect(try message(["kind": "Config"]).contains("no context is chosen"))
        #expect(try message(good, context: "three").contains("known: one, two, broken"))
        #expect(try message(good, context: "broken").contains("no cluster \"none\""))
        #expect(
            try message(document(user: ["client-certificate-data": "Q0VSVA=="]))
                .contains("come together"))
        #expect(
            try message(document(user: ["client-key-data": "*"])).contains("not base64"))
        #expect(
            try message(document(user: ["client-key": "none.pem"]))
                .contains("/home/a/.kube/none.pem does not exist"))
        #expect(
            try message(document(user: [:], cluster: ["server": "10.0.0.1"]))
                .contains("not an http(s) URL"))
        #expect(
            try message(document(user: [:], cluster: [:])).contains("server is missing"))
        #expect(
            try message(
                document(user: [:], cluster: ["server": "https://a", "proxy-url": "http://p"])
            ).contains("proxies are not supported"))
    }

    @Test func theFirstOfSeveralFilesWins() throws {
        var config = try Kubeconfig(
            ConfigNode(json: document(user: ["token": "a"])), file: "/a/config")
        try config.add(ConfigNode(json: document(user: ["token": "b"])), file: "/b/config")
        let found = try config.access(readFile: .none)
        #expect(found.credential == .token("a"))
        #expect(config.contextNames == ["one", "two", "broken"])
    }

    @Test func base64() {
        #expect([UInt8](base64: "") == [])
        #expect([UInt8](base64: "Zg==") == Array("f".utf8))
        #expect([UInt8](base64: "Zm8") == Array("fo".utf8))
        #expect([UInt8](base64: "Zm9v\nYmFy") == Array("foobar".utf8))
        #expect([UInt8](base64: "/+8=") == [255, 239])
        for bad in ["Z", "Zh==", "Zg==Zg", "Zm9vY", "Zm-_", "Zg==="] {
            #expect([UInt8](base64: bad) == nil, "\(bad)")
        }
    }

    @Test func insideAPod() throws {
        let directory = InClusterConfig.directory
        let files = ["/ca.crt": "CA", "/token": "t0\n", "/namespace": "chaos\n"]
        let read = FileReader { (path) throws(Failure) in
            guard path.hasPrefix(directory),
                let text = files[String(path.dropFirst(directory.count))]
            else { throw Failure(.rejected, path) }
            return Array(text.utf8)
        }
        let found = try InClusterConfig.access(
            environment: ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"],
            readFile: read)
        #expect(found.server == "https://[fd00::1]:6443")
        #expect(found.namespace == "chaos")
        #expect(found.tls?.authorities == Array("CA".utf8))
        #expect(found.credential == .tokenFile(directory + "/token"))
        #expect(throws: Failure.self) {
            try InClusterConfig.access(environment: [:], readFile: read)
        }
    }

    @Test func theTokenFileIsReadAgain() async throws {
        let content = Lock<String?>("first\n")
        let network = try ScriptedNetwork(fixture: "pod-get")
        let clock = ManualClock()
        let client = APIClient(
            access: ClusterAccess(server: "https://a", credential: .tokenFile("/token")),
            network: network, clock: clock, version: "0",
            readFile: FileReader { (path) throws(Failure) in
                guard let text = content.withLock({ $0 }) else { throw Failure(.rejected, path) }
                return Array(text.utf8)
            })
        let call = APICall(.get, .pods, namespace: "a", name: "b")
        func sent() async throws -> String? {
            _ = try await client.answer(call)
            return network.requests.last?.headers["Authorization"]
        }
        #expect(try await sent() == "Bearer first")
        content.withLock { $0 = "second" }
        #expect(try await sent() == "Bearer first")
        clock.advance(by: .seconds(61))
        #expect(try await sent() == "Bearer second")
        content.withLock { $0 = nil }
        clock.advance(by: .seconds(61))
        #expect(try await sent() == "Bearer second")
    }
}
