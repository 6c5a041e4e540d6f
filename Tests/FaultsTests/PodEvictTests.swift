import Core
import Engine
import Faults
import Testing

/// What only evicting does; what it shares with deleting is in PodDeleteTests.
@Suite struct PodEvictTests {
    @Test func theServerKeepsDisruptionBudgets() {
        #expect(PodEvict.manifest.honoursDisruptionBudgets)
        #expect(!PodDelete.manifest.honoursDisruptionBudgets)
        let rules = PodEvict.manifest.permissions.map { "\($0.resource) \($0.verbs)" }
        #expect(rules.contains("pods/eviction [\"create\"]"))
        #expect(!PodEvict.manifest.permissions.contains { $0.verbs.contains("delete") })
    }

    @Test(arguments: ["-1s", "2h", "soon", "5"])
    func otherGracePeriodsAreMistakes(written: String) {
        #expect(throws: ConfigError.self) {
            try FaultCatalog.all.make("pod-evict", json: ["gracePeriod": .string(written)])
        }
    }
}
