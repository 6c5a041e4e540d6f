import App
import ArgumentParser

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check policies and configurations; every mistake with its position and fix.",
        discussion: """
            Exit codes: 0 all is well, 2 something is wrong.

            Example: hazard check config/
            """)

    @Argument(help: "Files, or directories of *.yaml files.")
    var paths: [String]

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    func run() throws { try end(CheckCommand.run(paths, json: output == .json)) }
}
