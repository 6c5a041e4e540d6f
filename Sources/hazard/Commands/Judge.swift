// The judge on recorded data.

import App
import ArgumentParser

struct Judge: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Judge a recorded series: when was it anomalous, and when was that over?",
        discussion: """
            The daemon's own judge on a file of yours; no thresholds, no cluster. The first line \
            names the columns and so the kind of the series:

              timestamp,bad,total      counts per row (or errors, failed, requests)
              timestamp,good,total     the other way round (or ok, success)
              timestamp,errors_total,requests_total
                                       counters, which may begin again at 0
              timestamp,queue_length   a gauge: one column of any other name

            Times are RFC 3339 (without a zone: UTC) or numbers since 1970, and ascend. It learns \
            from the first rows: 40 with together 1,000 requests, or 120 values of a gauge. Lines \
            that cannot be read are named and skipped. It reads line by line in constant memory, \
            so `-` also follows a pipe.

            With --output json each line is one document: anomaly, recovery, accepted, malformed, \
            and at the end summary.

            Exit codes: 0 nothing anomalous; 1 the file cannot be read; 2 wrong arguments or \
            header; 3 something anomalous was found; 4 too little data to say anything.

            Example: hazard judge config/checkout-errors.csv
            Example: tail -n +1 -f errors.csv | hazard judge - --interval 15s
            """)

    @Argument(help: "A file of comma-separated text, or - for standard input.")
    var file: String

    @Option(help: "The time between two rows; measured from the first ones when left out.")
    var interval: String?

    @Option(help: "How often a false alarm is fine.")
    var falseAlarms = "1 per 30d"

    @Option(help: "text or json.")
    var output = OutputFormat.text

    func run() throws {
        try end(
            JudgeCommand.run(
                .init(path: file, interval: interval, falseAlarms: falseAlarms, format: output)))
    }
}
