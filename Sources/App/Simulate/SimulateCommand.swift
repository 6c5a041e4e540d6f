// `hazard simulate`: runs seeds, prints what they came to, and fails on any violation.

import Core
import Host
import Platform

/// The command `simulate`.
package enum SimulateCommand {
    /// Runs one seed, or a range like `1-200`.
    package static func run(
        seed: UInt64?, seeds: String?, printTranscript: Bool, directory: String?
    ) -> ExitStatus {
        var first = seed ?? 1
        var last = first
        if let seeds {
            let parts = seeds.split(separator: "-").map { UInt64($0) }
            guard parts.count == 2, let low = parts[0], let high = parts[1], low <= high else {
                Terminal.error("--seeds wants FIRST-LAST, e.g. 1-200, not \"\(seeds)\"")
                return .usage
            }
            (first, last) = (low, high)
        } else if seed == nil {
            Terminal.error("say --seed N or --seeds FIRST-LAST")
            return .usage
        }
        var total = Tally()
        do {
            if let directory { try FileSystem.createDirectory(directory) }
            for seed in first...last {
                let history = try Universe(seed: seed).run()
                total.add(history)
                if printTranscript { history.transcript.forEach { Terminal.print($0) } }
                for violation in history.violations {
                    Terminal.print("seed \(seed): VIOLATION \(violation)")
                }
                if let directory {
                    let text = history.transcript.joined(separator: "\n") + "\n"
                    try FileSystem.writeAtomically(
                        Array(text.utf8), to: "\(directory)/\(seed).txt")
                }
            }
        } catch {
            Terminal.error("\(error)")
            return .failure
        }
        total.lines.forEach { Terminal.print($0) }
        return total.violations == 0 ? .success : .failure
    }
}

/// What many histories came to.
private struct Tally {
    var histories = 0
    var lives = 0
    var rounds = 0
    var strikes = 0
    var anomalies = 0
    var violations = 0
    var outcomes: [String: Int] = [:]
    var alerts: [String: Int] = [:]

    mutating func add(_ history: History) {
        histories += 1
        lives += history.lives
        rounds += history.rounds
        strikes += history.strikes
        anomalies += history.anomalies
        violations += history.violations.count
        outcomes.merge(history.outcomes, uniquingKeysWith: +)
        alerts.merge(history.alerts, uniquingKeysWith: +)
    }

    var lines: [String] {
        var lines = [
            "\(histories) histories, \(lives) lives, \(rounds) rounds, \(strikes) strikes, "
                + "\(anomalies) anomalies, \(violations) violations"
        ]
        for (name, count) in outcomes.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(name): \(count)")
        }
        for (name, count) in alerts.sorted(by: { $0.key < $1.key }) {
            lines.append("  alert \(name): \(count)")
        }
        return lines
    }
}
