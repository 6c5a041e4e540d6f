// `hazard was-it-chaos`: whether an incident may be due to chaos, or chaos is exonerated, from the
// journal alone.

package import Core
import Engine
import Host
import Platform
import Web

/// The command `was-it-chaos`.
package enum WasItChaosCommand {
    /// The question as it was typed.
    package struct Options: Sendable {
        package var journal: String
        package var from: String
        package var to: String?
        package var services: [String]
        package var reach: String?
        package var precision: String?
        package var format: OutputFormat

        package init(
            journal: String, from: String, to: String? = nil, services: [String] = [],
            reach: String? = nil, precision: String? = nil, format: OutputFormat = .text
        ) {
            self.journal = journal
            self.from = from
            self.to = to
            self.services = services
            self.reach = reach
            self.precision = precision
            self.format = format
        }
    }

    /// 0: not chaos; 3: related; 4: it cannot be told.
    package static func run(
        _ options: Options, now: Timestamp? = nil, output: Output = .terminal
    ) async -> ExitStatus {
        let now = now ?? SystemClock().now
        do {
            let file = try await JournalFile(path: options.journal)
            let history = History(file)
            var state = file.state
            state.rounds = file.rounds
            state.pastAnomalies = history.anomalies
            let question = try ChaosQuestion(
                from: options.from, to: options.to, services: options.services,
                reach: options.reach, precision: options.precision, prefix: "--",
                known: state.knownServices, now: now)
            let answer = ChaosInquiry(question, history.record(file, now: now)).answer
            switch options.format {
            case .json: output.document(chaosDocument(answer, question))
            case .text: lines(answer, question).forEach { output.line($0) }
            }
            return exit(answer.kind)
        } catch let error as ConfigError {
            output.error(error.description)
            return .usage
        } catch {
            output.error(Failure(error).message)
            return .failure
        }
    }

    static func exit(_ kind: ChaosAnswer.Kind) -> ExitStatus {
        switch kind {
        case .notChaos: .success
        case .related: .harm
        case .undecided, .unknown: .unknown
        }
    }

    /// Every anomaly of a journal: more than the state keeps.
    struct History {
        var anomalies: [AnomalyRecord] = []

        /// All that a journal knows towards the question.
        func record(_ file: JournalFile, now: Timestamp) -> ChaosRecord {
            let isAlive = file.holder != .nobody
            return ChaosRecord(
                rounds: file.rounds, anomalies: anomalies, armed: file.state.armed,
                knownFrom: file.state.armed.begun,
                knownTo: isAlive ? now : file.state.lastEventAt ?? now)
        }

        init(_ file: JournalFile) {
            var places: [Int: Int] = [:]
            for entry in file.entries {
                switch entry.event {
                case .anomaly(let opened):
                    places[opened.id] = anomalies.count
                    anomalies.append(AnomalyRecord(opened: opened, openedAt: entry.at))
                case .recovered(let recovered):
                    if let place = places[recovered.id] {
                        anomalies[place].recovery = recovered.recovery
                    }
                case .accepted(let accepted):
                    if let place = places[accepted.id] {
                        anomalies[place].accepted = accepted
                        anomalies[place].acceptedAt = entry.at
                    }
                default: break
                }
            }
        }
    }

    private static func lines(_ answer: ChaosAnswer, _ question: ChaosQuestion) -> [String] {
        var lines = [answer.text, ""]
        let window = (question.to - question.from).human
        let span = "\(question.from.rfc3339Seconds) to \(question.to.rfc3339Seconds)"
        lines.append(
            "asked     \(span) (\(window)), beginning known to \(question.precision.human)")
        lines.append(
            "compared  \(Wording.plural(answer.comparedStrikes, "strike")) and "
                + "\(Wording.plural(answer.comparedShams, "sham")), \(answer.method)")
        if let coin = answer.coin {
            lines.append(
                "shams     the draw of strike or sham alone gives a strike that close with "
                    + "probability \(Wording.percent(coin))")
        }
        lines += answer.notes.map { "note      \($0)" }
        if answer.strikes.isEmpty { return lines }
        var table = TextTable([
            "ROUND", "STRIKE", "BEFORE IT BEGAN", "FAULT", "TARGET", "HARMED", "VERDICT",
        ])
        for strike in answer.strikes {
            let round = strike.round
            let seconds = Duration.inSeconds(abs(strike.secondsBefore).rounded()).human
            table.add([
                "\(round.number)", strike.at.rfc3339Seconds,
                strike.secondsBefore < 0 ? "\(seconds) after" : seconds, round.planned.fault,
                "\(round.planned.target)",
                strike.harmed.isEmpty
                    ? "-" : strike.harmed.map(\.description).joined(separator: ", "),
                round.verdict?.text ?? round.outcome?.rawValue ?? "open",
            ])
        }
        return lines + [""] + table.lines
    }
}
