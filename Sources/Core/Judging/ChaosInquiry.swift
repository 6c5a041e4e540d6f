// Finds the answer to "was it chaos": which strikes were in reach of the beginning, how often
// chance alone would do as much, and how to say so without claiming more than was measured.

/// One question put to one record.
package struct ChaosInquiry: Sendable {
    private let question: ChaosQuestion
    private let record: ChaosRecord
    private let anomalies: [AnomalyRecord]
    private let begin: Timestamp
    private let namespaces: Set<String>?

    package init(_ question: ChaosQuestion, _ record: ChaosRecord) {
        self.question = question
        self.record = record
        let services = Set(question.services)
        let spaces = Set(services.map(\.namespace))
        namespaces = services.isEmpty ? nil : spaces
        // An anomaly that the judge saw in the window knows better when the trouble began.
        anomalies = record.anomalies.filter { anomaly in
            let isOver = anomaly.endedAt.map { $0 < question.from } ?? false
            return !isOver && anomaly.opened.anomaly.onset <= question.to
                && (services.isEmpty || services.contains(anomaly.service))
        }.sorted { ($0.opened.anomaly.onset, $0.id) < ($1.opened.anomaly.onset, $1.id) }
        begin = anomalies.first?.opened.anomaly.onset ?? question.from
    }

    package var answer: ChaosAnswer {
        let strikes = strikes
        let replay = replay
        var answer = ChaosAnswer(
            kind: .unknown, text: "", begin: begin, anomaly: anomalies.first?.id, pValue: nil,
            coin: nil, strikes: strikes, comparedStrikes: replay.rounds.count { $0.isStrike },
            comparedShams: replay.rounds.count { !$0.isStrike }, comparedSeconds: replay.length,
            method: Self.method(replay), notes: notes(replay))
        if let nearest = strikes.first, isBefore(nearest) {
            compare(nearest, replay, &answer)
        } else if let reason = ignorance {
            answer.text = "cannot be told: \(reason)"
        } else if strikes.isEmpty {
            answer.kind = .notChaos
            answer.text =
                "not chaos: this journal has no strike in the \(question.reach.human) before it "
                + "began, nor during it"
        } else {
            answer.kind = .undecided
            answer.text =
                "chaos did not begin it: no strike in the \(question.reach.human) before; whether "
                + "\(Wording.plural(strikes.count, "strike")) later in the window made it worse "
                + "cannot be told"
        }
        return answer
    }

    /// The instant by which it had surely begun.
    private var latest: Timestamp { begin + question.precision }

    private func isBefore(_ strike: ChaosAnswer.Strike) -> Bool { strike.at <= latest }

    private func compare(
        _ nearest: ChaosAnswer.Strike, _ replay: ScheduleReplay, _ answer: inout ChaosAnswer
    ) {
        // What is compared is what is known: the delay up to the latest possible beginning.
        let delay = max((latest - nearest.at).inSeconds, 1)
        let share = replay.probability(within: delay)
        answer.pValue = share
        answer.coin = replay.coin(latest, within: delay)
        answer.kind = share <= 0.05 ? .related : .undecided
        let planned = nearest.round.planned
        let distance =
            nearest.secondsBefore < 1
            ? "together with"
            : "\(Duration.inSeconds(nearest.secondsBefore.rounded()).human) after"
        let verb = share <= 0.05 ? "related to chaos" : "cannot be told from coincidence"
        answer.text =
            "\(verb): it began \(distance) round \(nearest.round.number) (\(planned.fault) at "
            + "\(planned.target)); by chance a strike lies that close before an instant with "
            + "probability \(Wording.percent(share))"
        if share <= 0.05 { answer.text += "; that is closeness in time, and not yet the cause" }
    }

    // MARK: Strikes

    private func concerns(_ round: RoundRecord) -> Bool {
        namespaces?.contains(String(round.planned.policy.prefix { $0 != "/" })) ?? true
    }

    /// When a round touched its target; nil when it did not.
    private static func strikeTime(_ round: RoundRecord) -> Timestamp? {
        guard round.planned.assignment == .strike, round.injecting != nil, round.failure == nil,
            round.notDelivered == nil
        else { return nil }
        return round.injectedAt ?? round.deliveredAt ?? round.plannedAt
    }

    /// In reach of the window: before the beginning the latest first, then those after it.
    private var strikes: [ChaosAnswer.Strike] {
        let found = record.rounds.compactMap { round -> ChaosAnswer.Strike? in
            guard concerns(round), let at = Self.strikeTime(round),
                at <= max(question.to, latest)
            else { return nil }
            let end = round.revertedAt ?? round.closedAt ?? round.injecting?.deadline ?? at
            guard latest - at <= question.reach || end >= begin else { return nil }
            return ChaosAnswer.Strike(
                round: round, at: at, secondsBefore: (begin - at).inSeconds,
                harmed: harmed(round))
        }
        let before = found.filter(isBefore).sorted { $0.at > $1.at }
        return before + found.filter { !isBefore($0) }.sorted { $0.at < $1.at }
    }

    private func harmed(_ round: RoundRecord) -> [ServiceRef] {
        let judged = (round.verdict?.harmed ?? []).map(\.service)
        let attributed = record.anomalies.filter { $0.opened.round == round.number }.map(\.service)
        return Set(judged + attributed).sorted()
    }

    // MARK: Chance

    private var replay: ScheduleReplay {
        let rounds = record.rounds.filter(concerns).compactMap {
            round -> ScheduleReplay.Round? in
            let chance = round.planned.shamProbability
            if round.planned.assignment == .sham {
                return .init(at: round.plannedAt, isStrike: false, shamProbability: chance)
            }
            return Self.strikeTime(round).map {
                .init(at: $0, isStrike: true, shamProbability: chance)
            }
        }
        let known = record.knownFrom ?? question.from
        let spans = record.armed.spans(of: namespaces, until: record.knownTo)
            .filter { $0.upperBound > known }
            .map { max($0.lowerBound, known)..<$0.upperBound }
        return ScheduleReplay(rounds: rounds, spans: spans, margin: question.precision)
    }

    private static func method(_ replay: ScheduleReplay) -> String {
        let compared = Duration.inSeconds(replay.length.rounded()).human
        let base = "every circular shift of the schedule over \(compared) in which it could strike"
        return replay.redraws
            ? base + ", with strike or sham drawn again by the recorded probabilities" : base
    }

    /// Why the absence of strikes says nothing; nil when it does.
    private var ignorance: String? {
        guard let known = record.knownFrom else { return "the journal holds nothing yet" }
        if question.to < known {
            return "the journal knows nothing from before \(known.rfc3339)"
        }
        if begin - question.reach < known {
            return "the journal begins at \(known.rfc3339), and a strike up to "
                + "\(question.reach.human) before \(begin.rfc3339) would count"
        }
        return nil
    }

    private func notes(_ replay: ScheduleReplay) -> [String] {
        var notes: [String] = []
        if let first = anomalies.first {
            notes.append(
                "the beginning is the onset of anomaly \(first.id) (\(first.signal.rawValue) of "
                    + "\(first.service)), as the judge estimated it")
        }
        if anomalies.count > 1 {
            let rest = anomalies.dropFirst().map { "\($0.id) (\($0.service))" }
            notes.append(
                "\(rest.count) more in the window were not tested: "
                    + rest.prefix(10).joined(separator: ", "))
        }
        if !replay.reference.contains(where: { $0.contains(begin) }) {
            notes.append(
                "at that time no strike could be drawn: not running, not leading, halted, paused "
                    + "or outside of the windows")
        }
        if begin > record.knownTo {
            notes.append("the journal's last event is at \(record.knownTo.rfc3339)")
        }
        if !record.rounds.contains(where: { $0.planned.assignment == .sham && concerns($0) }),
            replay.rounds.count > 0
        {
            notes.append(
                "without shams this rests on the times alone: incidents that follow the clock as "
                    + "the schedule does look related")
        }
        return notes
    }
}
