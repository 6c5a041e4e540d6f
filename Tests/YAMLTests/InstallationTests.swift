import Core
import FoundationEssentials
import Testing
import YAML

/// The configuration that k8s/ installs is one that the daemon takes.
@Suite struct InstallationTests {
    private func read(_ name: String) throws -> String {
        let root = "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/" + root + "/k8s/config/" + name
        let data = try #require(FileManager.default.contents(atPath: path))
        return String(decoding: data, as: UTF8.self)
    }

    @Test func theConfigurationDecodes() throws {
        let (found, errors) = decodeConfiguration(try read("hazard.yaml"))
        #expect(errors.map(\.description) == [])
        let configuration = try #require(found)
        #expect(configuration.listenHost == "::" && configuration.listenPort == 9321)
        // Probes and scrapes come from elsewhere, changes from the pod only.
        #expect(configuration.changes?.description == "127.0.0.1:9322")
        #expect(configuration.kubernetes == .inCluster)
        #expect(configuration.leaderElection?.namespace == "hazard")
    }

    @Test func thePolicyOnlyObserves() throws {
        let decoded = decodePolicies([("policy.yaml", try read("policy.yaml"))])
        #expect(decoded.errors.map(\.description) == [])
        let policy = try #require(decoded.policies.first)
        #expect(policy.mode == .observe)
        #expect(policy.blastRadius.minReady == 1)
    }
}
