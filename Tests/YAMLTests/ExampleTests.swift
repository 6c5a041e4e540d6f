import Core
import FoundationEssentials
import Testing
import YAML

/// The annotated examples in config/ are what they say they are.
@Suite struct ExampleTests {
    private static let directory: String = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/" + root + "/config"
    }()

    private func read(_ name: String) throws -> String {
        let path = Self.directory + "/" + name
        let data = try #require(FileManager.default.contents(atPath: path))
        return String(decoding: data, as: UTF8.self)
    }

    @Test(arguments: ["demo.yaml", "staging.yaml", "minimal.yaml", "observe-only.yaml"])
    func policiesDecode(name: String) throws {
        let decoded = decodePolicies([(name, try read(name))])
        #expect(decoded.errors.map(\.description) == [])
        #expect(decoded.policies.count == 1)
        #expect(decoded.policies.first?.namespace == "go-app")
    }

    @Test func everyExampleIsTested() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.directory)
        let tested = [
            "demo.yaml", "staging.yaml", "minimal.yaml", "observe-only.yaml", "hazard.yaml",
        ]
        #expect(Set(names.filter { $0.hasSuffix(".yaml") }) == Set(tested))
    }

    @Test func theDemoMayStrikeTheSingleDatabase() throws {
        let policy = try #require(decodePolicies([("", try read("demo.yaml"))]).policies.first)
        #expect(policy.mode == .enforce)
        #expect(policy.blastRadius.minReady == 0)
        #expect(policy.blastRadius.workloadMaxUnavailable.allowed(of: 1) == 1)
        #expect(policy.blastRadius.namespaceMaxUnavailable.allowed(of: 5) >= 1)
        #expect(policy.sham == 0.2)
    }

    @Test(arguments: ["staging.yaml", "minimal.yaml", "observe-only.yaml"])
    func theOthersNeverStrikeTheLastReadyReplica(name: String) throws {
        let policy = try #require(decodePolicies([("", try read(name))]).policies.first)
        #expect(policy.blastRadius.minReady >= 1)
        #expect(policy.blastRadius.respectDisruptionBudgets)
        #expect(policy.gate.stopAfterUnrecovered == 1)
    }

    @Test func theDaemonsConfigurationDecodes() throws {
        let (found, errors) = decodeConfiguration(try read("hazard.yaml"))
        #expect(errors.isEmpty)
        let configuration = try #require(found)
        #expect(configuration.listenPort == 9321)
        #expect(configuration.signals.kind == "prometheus")
        #expect(configuration.notifiers.map(\.kind) == ["alertmanager"])
    }
}
