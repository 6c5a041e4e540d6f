// The README's commands are run, so that it stays true. The long ones are run by the other
// end-to-end tests with the same arguments; here their verbs and options are checked.

import Core
import Host
import Platform
import Testing

@Suite struct ReadmeTests {
    private static func text() throws -> String {
        String(decoding: try FileSystem.read(Project.root + "/README.md"), as: UTF8.self)
    }

    /// The lines of every block that is marked as shell.
    private static func commands() throws -> [String] {
        var found: [String] = []
        var isShell = false
        for line in try text().split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isShell = line == "```sh"
            } else if isShell, !line.isEmpty {
                found.append(String(line))
            }
        }
        return found
    }

    @Test func itIsShortAndComplete() throws {
        let text = try Self.text()
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 150)
        #expect(!text.contains("@@"))
        #expect(try Self.commands().count >= 4)
    }

    @Test func everyCommandRuns() async throws {
        for command in try Self.commands() {
            let words = command.split(separator: " ").map(String.init)
            switch words[0] {
            case "./dev":
                let script = String(
                    decoding: try FileSystem.read(Project.root + "/dev"), as: UTF8.self)
                #expect(script.contains("\n    \(words[1]))"), "./dev has no verb \(words[1])")
            case "hazard":
                let result = try await run(
                    try Project.hazard(), Array(words.dropFirst()), directory: Project.root)
                #expect(result.status == .exited(0), "\(command): \(result.output.text)")
            case "kubectl":
                let result = try await run(
                    try Project.tool("kubectl"), Array(words.dropFirst()), directory: Project.root)
                #expect(result.status == .exited(0), "\(command): \(result.output.text)")
                #expect(result.output.text.contains("kind:"))
            default: Issue.record("the README has a command that nothing runs: \(command)")
            }
        }
    }

    /// The transcript is that of a real run: the story test runs the same seed and sees these
    /// lines.
    @Test func theTranscriptTellsTheStory() throws {
        let text = try Self.text()
        for part in [
            "./dev demo --seed 64 --rounds 5 --heal", "round 4  strike: pod-delete",
            "broken edge go-app -> go-app-db", "Ready pods, failing traffic", "RECOVERED",
            "nothing is left behind",
        ] {
            #expect(text.contains(part), "the README lacks \"\(part)\"")
        }
    }
}
