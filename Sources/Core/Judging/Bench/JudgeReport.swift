// The judge's bench as text: the tables that the documentation shows, made by the same command that
// anybody can run.

import RealModule

/// Sizes of the simulations behind the tables.
package struct JudgeReport: Sendable {
    /// Faults per row of the delay table; everything else is in proportion.
    package let replications: Int
    package let seed: UInt64

    /// 2,000 replications take about a minute in a release build.
    package init(replications: Int = 2000, seed: UInt64 = 7) {
        self.replications = max(1, replications)
        self.seed = seed
    }

    /// Windows that a judge learns from: a day, or less in a quick run.
    private var learned: Int { min(TrainedSignal.day, max(200, 3 * replications)) }

    /// All tables, in order; a function of the replications and the seed. `progress` is told each
    /// title before its table is made.
    package func tables(progress: (String) -> Void = { _ in }) -> [ReportTable] {
        let parts: [(title: String, make: () -> ReportTable)] = [
            ("delay", delays), ("rules", rules), ("false alarms", falseAlarms),
            ("correlation", correlation), ("bursts", bursts), ("new levels", steps),
            ("raw counters", raw), ("shams", shams), ("intervals", coverage),
            ("p-values", nulls), ("power", power), ("root causes", causes),
        ]
        return parts.map { part in
            progress(part.title)
            return part.make()
        }
    }

    // MARK: Figures

    private func number(_ value: Double, _ digits: Int = 1) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        return abs(value) >= 1000 ? Wording.count(value) : Wording.decimal(value, digits)
    }

    private func share(_ value: Double) -> String {
        value.isFinite ? Wording.decimal(100 * value, 1) + " %" : "-"
    }

    // MARK: Detection

    private func delays() -> ReportTable {
        var table = ReportTable(
            "Delay",
            "Seconds from a fault to the alarm in windows of 15 s, with one false alarm per 30 "
                + "days over S series. The judge has learned a day of the traffic and goes on "
                + "learning; the oracle CUSUM knows both ratios. Beside the ratio is its target, "
                + "where there is one. Missed: no alarm within 20,000 windows (83 hours); such "
                + "faults are not in the mean.",
            columns: [
                "bad before -> after", "req/s", "S", "mean", "P95", "oracle", "ratio", "target",
                "theta", "missed",
            ], names: 3)
        for row in delayBench(replications: replications, learned: learned, seed: seed) {
            let target = row.target.map {
                "\(Wording.decimal($0, 2))\(row.ratio <= $0 ? "" : " missed")"
            }
            table.add(
                "\(Wording.percent(row.before)) -> \(Wording.percent(row.after))",
                number(row.rate), "\(row.series)", number(row.mean), number(row.p95),
                number(row.oracleMean), number(row.ratio, 2), target ?? "-",
                number(row.theta, 2), "\(row.missed)")
        }
        return table
    }

    private func rules() -> ReportTable {
        let runs = max(2, replications / 20)
        var table = ReportTable(
            "Rules side by side",
            "The rules of others on the same windows: mean seconds to the first alarm after the "
                + "fault, faults without one within six hours, and hours between false alarms of "
                + "one series.",
            columns: [
                "case", "rule", "mean delay", "missed", "hours between false alarms",
            ], names: 2)
        for (before, after, rate) in [(0.001, 0.05, 10.0), (0.001, 0.5, 1), (0.01, 0.05, 10)] {
            let rows = judgeComparison(
                before: before, after: after, rate: rate, replications: runs,
                history: 3 * learned, seed: seed)
            for row in rows {
                let hours = (row.falseAlarms == 0 ? "more than " : "") + number(row.falseAlarmHours)
                table.add(
                    "\(Wording.percent(before)) -> \(Wording.percent(after)), "
                        + "\(Wording.decimal(rate, 1)) req/s", row.rule.rawValue,
                    number(row.mean, 0), "\(row.missed) of \(runs)", hours)
            }
        }
        return table
    }

    // MARK: False alarms

    private func add(_ row: FalseAlarmRow, to table: inout ReportTable) {
        table.add(
            row.name, row.theta.map { number($0, 2) } ?? "-", "\(row.alarms)",
            (row.alarms == 0 ? "more than " : "") + number(row.ratio, 2), number(row.certain, 2))
    }

    private func falseAlarmTable(_ title: String, _ note: String) -> ReportTable {
        ReportTable(
            title, note,
            columns: ["traffic", "theta", "alarms", "time between over A", "at least (95 %)"])
    }

    private func falseAlarms() -> ReportTable {
        let windows = 500 * replications
        var table = falseAlarmTable(
            "False alarms",
            "Windows between false alarms over the A = 2,000 asked for, in "
                + "\(Wording.count(Double(windows))) windows of fault-free traffic of one series, "
                + "10 req/s and 0.1 % bad unless said otherwise. One or more keeps the promise. "
                + "An alarm lasts until the judge finds the service recovered.")
        for row in falseAlarmBench(windows: windows, learned: learned, seed: seed) {
            add(row, to: &table)
        }
        return table
    }

    private func correlation() -> ReportTable {
        var table = falseAlarmTable(
            "What a model without correlation does",
            "The detector alone on beta-binomial traffic of correlation 0.01, told the truth and "
                + "told that there is next to none.")
        for told in [0.01, 1e-4] {
            let row = correlationRow(
                ratio: 0.001, rho: 0.01, rate: 10, limit: 2000, windows: 500 * replications,
                modelRho: told, seed: seed)
            add(row, to: &table)
        }
        return table
    }

    private func bursts() -> ReportTable {
        var table = ReportTable(
            "Bursts, with and without tail calibration",
            "Errors whose log intensity is an AR(1): time between false alarms over the A = 2,000 "
                + "asked for.",
            columns: ["sd", "persistence", "theta", "without calibration", "with"], names: 2)
        for (deviation, persistence) in [(0.0, 0.0), (0.5, 0.99), (1, 0.9), (1, 0.99)] {
            let row = burstRow(
                deviation: deviation, persistence: persistence, windows: 100 * replications,
                seed: seed)
            table.add(
                number(deviation), number(persistence, 2), number(row.theta, 2),
                number(row.plain, 2), number(row.calibrated, 2))
        }
        return table
    }

    private func steps() -> ReportTable {
        let steps = max(2, replications / 20)
        var table = ReportTable(
            "A new level without a fault",
            "The bad ratio of 10 req/s steps from 0.1 % to a multiple, as after a deploy, and "
                + "stays: share of \(steps) steps that raise an alarm within a day, at one false "
                + "alarm per 30 days over 600 series. The alarms are right, the ratio did change; "
                + "the table says from what size on.",
            columns: ["new level", "alarm", "mean delay, s"])
        for row in stepBench(steps: steps, learned: learned, seed: seed) {
            table.add("x \(number(row.factor, 2))", share(row.share), number(row.mean, 0))
        }
        return table
    }

    private func raw() -> ReportTable {
        let windows = 10 * replications
        var table = falseAlarmTable(
            "Raw counters",
            "The whole judge from raw samples: ten services called through three proxies at 5 "
                + "req/s each, 0.2 % bad, \(Wording.count(Double(windows))) windows, A = 2,000 "
                + "for all ten together.")
        for row in rawBench(windows: windows, seed: seed) { add(row, to: &table) }
        return table
    }

    private func shams() -> ReportTable {
        let rounds = max(2, replications / 2)
        var table = ReportTable(
            "Sham rounds",
            "\(Wording.count(Double(rounds))) rounds of five minutes that inject nothing, through "
                + "the whole judge on raw samples of ten services: how many were blamed, the rate "
                + "with its 95 % interval (Jeffreys), and what was promised.",
            columns: ["failures", "judged", "blamed", "rate", "interval", "alpha"])
        for row in shamBench(rounds: rounds, warmUp: learned, seed: seed) {
            let interval = row.calibration.interval
            table.add(
                row.name, "\(row.calibration.shams)", "\(row.calibration.blamed)",
                Wording.percent(row.calibration.rate),
                "\(Wording.percent(interval.lowerBound)) to "
                    + Wording.percent(interval.upperBound), Wording.percent(row.alpha))
        }
        return table
    }

    // MARK: Effects

    private func coverage() -> ReportTable {
        var table = ReportTable(
            "Intervals of effects",
            "Hajek's estimate with the jackknife error on simulated experiments, skewed outcomes "
                + "and assignment probabilities that differ from round to round: share of 95 % "
                + "intervals that hold the true effect, by the normal law and by Student's t with "
                + "the smaller arm's degrees of freedom.",
            columns: ["rounds", "experiments with an interval", "normal", "Student"])
        for row in coverageBench(experiments: replications, seed: seed) {
            table.add(
                "\(row.rounds)", share(row.usable), share(row.coverage), share(row.student))
        }
        return table
    }

    private func nulls() -> ReportTable {
        let experiments = max(4, replications / 2)
        var table = ReportTable(
            "Permutation p-values without an effect",
            "Largest distance from the uniform law (Kolmogorov and Smirnov) over "
                + "\(experiments) experiments, and shares of p-values below three levels.",
            columns: ["rounds", "distance", "critical (5 %)", "below 0.01", "0.05", "0.1"])
        let draws = replications >= 1000 ? 999 : 99
        for row in nullBench(experiments: experiments, draws: draws, seed: seed) {
            table.add(
                "\(row.rounds)", number(row.distance, 3), number(row.critical, 3),
                share(row.below[0]), share(row.below[1]), share(row.below[2]))
        }
        return table
    }

    private func power() -> ReportTable {
        let rounds = max(2, replications / 2)
        var table = ReportTable(
            "Power",
            "Rounds of five minutes, alpha 1 % over m services. At p*, which must be called "
                + "harmful with 99 % probability: share of \(rounds) rounds called harmful, and "
                + "share whose verdict claims no harm above something smaller than p*, which must "
                + "stay below 1 %.",
            columns: ["usual", "m", "req/s", "p*", "harm at p*", "claims too much"], names: 3)
        for row in powerBench(rounds: rounds, seed: seed) {
            table.add(
                Wording.percent(row.before), "\(row.family)", number(row.rate),
                row.detectable.map(Wording.percent) ?? "-", share(row.shown), share(row.wrong))
        }
        return table
    }

    // MARK: Root causes

    private func causes() -> ReportTable {
        var table = ReportTable(
            "Root causes",
            "Services of random meshes (call trees with shared databases, retries, fallbacks and "
                + "cycles) are broken for 10 to 100 % of their requests, one at a time, in a round "
                + "of six windows through the whole judge. Traced: the round was harmful and its "
                + "failures led somewhere. AC@k: the target is among the first k. Strongest: the "
                + "target has the strongest evidence, which is what ranking by change alone gives.",
            columns: [
                "mesh or fault", "broken", "traced", "AC@1", "AC@3", "strongest", "kind right",
            ])
        let rows = causeBench(trials: max(2, replications / 10), seed: seed)
        for row in rows {
            let traced = Double(max(row.score.strikes, 1))
            table.add(
                row.name, "\(row.injected)", "\(row.score.strikes)",
                share(row.score.accuracy ?? .nan), share(row.score.accuracyInThree ?? .nan),
                share(Double(row.strongest) / traced), share(Double(row.kinds) / traced))
        }
        return table
    }
}

/// All tables as Markdown. Takes a second at 200 replications in a release build; a function of its
/// arguments.
package func judgeReport(replications: Int = 2000, seed: UInt64 = 7) -> String {
    judgeReport(JudgeReport(replications: replications, seed: seed).tables())
}

/// Tables as Markdown, a blank line between them.
package func judgeReport(_ tables: [ReportTable]) -> String {
    tables.map { $0.lines.joined(separator: "\n") + "\n" }.joined(separator: "\n")
}
