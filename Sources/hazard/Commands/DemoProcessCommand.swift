import App
import ArgumentParser

struct DemoProcessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-process",
        abstract: "One process of the demo's application; started by the demo.",
        shouldDisplay: false)

    @Argument(help: "app, repeater, database, sidecar or gateway.")
    var kind: String

    func run() async throws {
        try end(await DemoProcessRunner.main(kind))
    }
}
