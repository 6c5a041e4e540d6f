// What the built program answers to options and configurations that it cannot use.

import Core
import Host
import TestServers
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ExitCodeTests {
    @Test func theDemoRefusesAnAlertmanagerThatIsNoURL() async throws {
        let (status, output) = try await run(
            try Project.hazard(), ["demo", "--port", "0", "--alertmanager", "localhost:9093"],
            directory: Project.root)
        #expect(status == .exited(2), "\(output.text)")
        #expect(output.list.count == 1)
        #expect(output.list.first?.hasPrefix("error: --alertmanager: ") == true, "\(output.text)")
        #expect(output.text.contains("localhost:9093"))
    }
}
