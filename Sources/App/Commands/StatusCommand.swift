// `hazard status`: what is going on, from the journal (with or without a daemon) or from a running
// daemon's JSON API. Both give the same documents.

import Core
import Engine
import Host
import Platform

/// The command `status`.
package enum StatusCommand {
    /// Prints the state. 3: something is anomalous or not recovered; 5: an injection may be in
    /// place and no daemon is there to revert it.
    package static func run(
        journal: String, url: String?, format: OutputFormat, output: Output = .terminal
    ) async -> ExitStatus {
        let report: StatusReport
        do throws(Failure) {
            if let url {
                let network = try CurlNetwork()
                defer { network.shutDown() }
                report = try await StatusReport(url: url, network: network)
            } else {
                report = try await StatusReport(
                    JournalFile(path: journal), now: SystemClock().now)
            }
        } catch {
            output.error(error.message)
            return .failure
        }
        switch format {
        case .json: output.document(report.json)
        case .text: report.lines.forEach { output.line($0) }
        }
        return report.exit
    }
}
