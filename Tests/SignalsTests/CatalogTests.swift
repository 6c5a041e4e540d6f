// Sources are built from configuration by name, with checked parameters.

import Core
import Engine
import Platform
import Signals
import Testing

struct CatalogTests {
    private func context(_ network: StubNetwork) -> SignalSourceContext {
        SignalSourceContext(clock: ManualClock(), network: network, seed: 1) { path in
            Array("token-of-\(path)\n".utf8)
        }
    }

    private func make(
        _ kind: String, _ pairs: KeyValuePairs<String, String>, _ network: StubNetwork
    ) throws(ConfigError) -> any ConfigurableSignalSource {
        let specs = SignalSourceCatalog.all.kinds[kind]?.manifest.parameters ?? []
        let node = ConfigNode(
            .mapping(
                pairs.map {
                    .init(
                        key: $0.key, keyLine: 1, keyColumn: 1,
                        value: ConfigNode(.scalar($0.value, quoted: false)))
                }))
        return try SignalSourceCatalog.all.make(
            kind, Parameters(node, specs: specs, path: "source"), context(network))
    }

    @Test func listsEachSourceWithDefaultsThatPass() throws {
        let manifests = SignalSourceCatalog.all.manifests
        #expect(manifests.map(\.name) == ["prometheus", "scrape"])
        for manifest in manifests {
            #expect(!manifest.summary.isEmpty)
            for spec in manifest.parameters {
                if let value = spec.defaultValue {
                    try spec.check(ConfigNode(.scalar(value, quoted: false)), path: spec.name)
                }
            }
        }
    }

    @Test func buildsAPrometheusSourceThatReadsItsTokenFile() async throws {
        let network = StubNetwork { _ in
            Response(
                status: 200, contentType: "application/json",
                text: #"{"status":"success","data":{"resultType":"matrix","result":[]}}"#)
        }
        let source = try make(
            "prometheus",
            [
                "url": "http://mimir/prometheus", "interval": "5s", "flavor": "mimir",
                "tenant": "a|b", "bearerTokenFile": "/var/token",
            ], network)
        #expect(source.interval == .seconds(5))
        let now = Timestamp(seconds: 1_700_000_000)
        _ = try await source.read(
            Question(namespaces: [], metrics: [], since: now - .seconds(5), until: now))
        #expect(network.requests[0].url == "http://mimir/prometheus/api/v1/query")
        #expect(network.requests[0].headers["Authorization"] == "Bearer token-of-/var/token")
        #expect(network.requests[0].headers["X-Scope-OrgID"] == "a|b")
        await source.run()
    }

    @Test(arguments: [
        ("prometheus", "http://p:9090/api/v1/query", "not a base URL"),
        ("prometheus", "http://", "not a base URL"), ("scrape", "", "no cluster to find pods in"),
        ("graphite", "", "unknown metrics source"),
    ])
    func explainsWhatIsWrong(kind: String, url: String, message: String) {
        let network = StubNetwork { _ in Response(status: 200) }
        do throws(ConfigError) {
            _ = url.isEmpty ? try make(kind, [:], network) : try make(kind, ["url": url], network)
            Issue.record("expected an error")
        } catch {
            #expect(error.description.contains(message))
            #expect(!error.fix.isEmpty)
        }
    }
}
