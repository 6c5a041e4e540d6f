// Whether an incident was chaos.

import App
import ArgumentParser

struct WasItChaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "was-it-chaos",
        abstract: "Say whether an incident may be due to chaos, or chaos is exonerated.",
        discussion: """
            Lists the strikes in reach of the incident, and how probable it is that chance alone \
            puts one that close before it. The null replays the schedule: every circular shift of \
            it over the time in which it could strike (not while halted, paused, not running or \
            outside of its windows); when there are shams, with strike or sham drawn again by the \
            recorded probabilities. The probability is exact, not sampled. When the judge saw an \
            anomaly in the window, its onset is the beginning; otherwise --from is.

            It says "related" (5 % or less), never "caused": closeness in time is all that is \
            measured. Incidents that follow the clock as the schedule does look related. Only this \
            journal is read: another replica's strikes are in its own.

            Times are RFC 3339 with a zone, `now`, or relative such as -2h.

            Exit codes: 0 not chaos, no strike was in reach; 1 the journal cannot be read; 2 wrong \
            arguments; 3 related to chaos; 4 it cannot be told.

            Example: hazard was-it-chaos --from -2h --journal hazard.db
            Example: hazard was-it-chaos --from 2026-11-21T14:03:00+01:00 --to \
            2026-11-21T14:20:00+01:00 --service go-app/go-app-db
            """)

    @Option(parsing: .unconditional, help: "When it began.")
    var from: String

    @Option(parsing: .unconditional, help: "When it ended; now when left out.")
    var to: String?

    @Option(
        name: .customLong("service"),
        help: "A service that suffered, as NAMESPACE/NAME: only its namespace's strikes count.")
    var services: [String] = []

    @Option(help: "How long before the beginning a strike still counts; 15m when left out.")
    var reach: String?

    @Option(help: "How exactly the beginning is known; 15s when left out.")
    var precision: String?

    @Option(help: "The daemon's journal.")
    var journal = "hazard.db"

    @Option(help: "text or json.")
    var output = OutputFormat.text

    func run() async throws {
        try end(
            await WasItChaosCommand.run(
                .init(
                    journal: journal, from: from, to: to, services: services, reach: reach,
                    precision: precision, format: output)))
    }
}
