// Everything that a report says, as values: pages, JSON and lines of text are only its renderings.

/// A report over a journal, or a part of it.
package struct Report: Sendable, Hashable {
    /// Whether one anomaly was chaos.
    package struct Incident: Sendable, Hashable {
        package var anomaly: ReportAnomaly
        /// Nil when nobody asked.
        package var answer: ChaosAnswer?
        /// Seconds from the injection of its round to its detection; nil without a round.
        package var detection: Double?
    }

    package var history: ReportHistory
    /// When it was made, and what was asked for.
    package var madeAt: Timestamp
    package var namespace: String?
    package var since: Timestamp?

    package var timeline: Timeline?
    package var scorecard: Scorecard
    package var effects: EffectTable
    package var recoveries: RecoveryCurves
    package var coverage: CoverageMap
    /// How often rounds that injected nothing were blamed.
    package var shams: ShamCalibration
    /// 1 - confidence of the verdicts: what the rate of blamed shams should not exceed.
    package var alpha: Double
    /// The newest anomalies, newest first; at most `incidentLimit`.
    package var incidents: [Incident]
    /// What somebody should do something about, the worst first. Whoever knows more findings than
    /// the journal alone gives away adds them here.
    package var findings: [ReportFinding]
    /// Weaknesses that the daemon found and that rounds no longer show.
    package var fixed: [Finding] = []
    /// What the team's own alerts did, by namespace; empty when none were read.
    package var alertFigures: [AlertFigures] {
        let coverage = history.alertCoverage
        return Set(coverage.map(\.namespace)).sorted().map {
            AlertFigures(coverage, namespace: $0)
        }
    }

    package static let incidentLimit = 100

    /// `chaos`: what is known towards whether anomalies were chaos. `seed` decides the redraws of
    /// the permutation tests, `effort` bounds them.
    package init(
        _ history: ReportHistory, madeAt: Timestamp, namespace: String? = nil,
        since: Timestamp? = nil, chaos: ChaosRecord? = nil, seed: UInt64 = 1,
        effort: Double = EffectTable.effort
    ) {
        let narrow =
            namespace == nil && since == nil
            ? history : history.narrowed(to: namespace, since: since)
        self.history = narrow
        self.madeAt = madeAt
        self.namespace = namespace
        self.since = since
        timeline = Timeline(narrow)
        scorecard = Scorecard(narrow.rounds)
        effects = EffectTable(narrow.rounds, seed: seed, effort: effort)
        recoveries = RecoveryCurves(narrow)
        coverage = CoverageMap(narrow.rounds)
        var shams = ShamCalibration()
        for round in narrow.rounds where !round.isStrike && round.outcome != .interrupted {
            switch round.verdict?.kind {
            case .harm: shams.add(blamed: true)
            case .noHarm: shams.add(blamed: false)
            default: break
            }
        }
        self.shams = shams
        let levels = narrow.rounds.compactMap { $0.verdict?.confidence }
        alpha = 1 - (levels.filter { $0 > 0 && $0 < 1 }.min() ?? 0.99)
        incidents = Self.incidents(narrow, chaos)
        findings = ReportFinding.all(in: narrow, shams: shams, alpha: alpha)
    }

    private static func incidents(
        _ history: ReportHistory, _ chaos: ChaosRecord?
    ) -> [Incident] {
        guard let end = history.lastAt else { return [] }
        return history.anomalies.suffix(incidentLimit).reversed().map { anomaly in
            let injected = anomaly.opened.round.flatMap { history.round($0)?.injectedAt }
            let answer = chaos.map {
                ChaosInquiry(
                    ChaosQuestion(
                        from: anomaly.onset, to: anomaly.endedAt ?? end,
                        services: [anomaly.service]), $0
                ).answer
            }
            return Incident(
                anomaly: anomaly, answer: answer,
                detection: injected.map { (anomaly.opened.anomaly.detectedAt - $0).inSeconds })
        }
    }

    // MARK: The figures at the top

    package var strikes: [ReportRound] { history.rounds.filter(\.isStrike) }
    package var harmful: Int {
        history.rounds.count { $0.isStrike && $0.isJudged && $0.verdict?.kind == .harm }
    }
    /// Judged strikes that could show harm.
    package var decided: Int {
        history.rounds.count {
            $0.isStrike && $0.isJudged && $0.verdict?.kind != .inconclusive
        }
    }
    package var shamCount: Int { history.rounds.count { $0.assignment == .sham } }
    package var observed: Int { history.rounds.count { $0.assignment == .observe } }
    package var openAnomalies: [ReportAnomaly] { history.anomalies.filter(\.isOpen) }
    /// Bad responses beyond the baseline, over all judged strikes.
    package var excess: Double {
        history.rounds.reduce(0) {
            let excess = $1.isStrike && $1.isJudged ? $1.verdict?.excess ?? 0 : 0
            return $0 + (excess.isFinite ? max(0, excess) : 0)
        }
    }

    /// The one sentence to read.
    package var headline: String {
        if history.rounds.isEmpty { return "No rounds yet: there is nothing to report." }
        var parts: [String] = []
        let open = Set(openAnomalies.map(\.service)).sorted()
        if !open.isEmpty {
            parts.append(
                "\(Wording.plural(open.count, "service")) had not recovered at the end of the "
                    + "journal: " + open.prefix(3).map(\.description).joined(separator: ", ")
                    + (open.count > 3 ? " and more" : ""))
        }
        if harmful > 0 {
            parts.append("users were harmed in \(harmful) of \(Wording.plural(decided, "strike"))")
        } else if decided > 0 {
            let bound = scorecard.rows.filter { $0.service == nil }.compactMap(\.bound).max()
            let limit = bound.map { " above \(Wording.percent($0))" } ?? ""
            parts.append("no harm\(limit) was seen in \(Wording.plural(decided, "strike"))")
        } else {
            parts.append("no strike could show anything yet")
        }
        let text = parts.joined(separator: "; ")
        return text.prefix(1).uppercased() + text.dropFirst() + "."
    }
}
