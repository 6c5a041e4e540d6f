// The rules that others alarm by, on the same simulated windows as ours: delay, misses and false
// alarms side by side. A function of its seed.

import RealModule

/// A rule that looks at windows one by one.
package enum AlarmRule: String, Sendable, CaseIterable {
    /// This judge at one false alarm per 30 days and series.
    case hazard
    /// The page of the SRE Workbook (Google 2018, chapter 5, table 5-8): burn rate 14.4 over 1 h
    /// and 5 min, or 6 over 6 h and 30 min. The objective is the usual ratio, which is as tight as
    /// a page can bear.
    case burnRate = "SRE page"
    /// Its ticket: burn rate 3 over 1 day and 2 h, or 1 over 3 days and 6 h. The objective is twice
    /// the usual ratio: at the usual one it would always burn.
    case ticket = "SRE ticket"
    /// Flagger's built-in success rate (fluxcd/flagger, docs/gitbook/usage/how-it-works.md): below
    /// 99 % over the last minute, looked at every minute. The first failed check; a rollback takes
    /// as many as its threshold, 5 or 10 in the documentation.
    case flagger = "Flagger check"
    /// The ratio of one window above the mean of its own history by three standard deviations, as
    /// in z-score rules for Prometheus (A. Newdigate, GitLab blog, 2019).
    case threeSigma = "3-sigma"
    /// Kayenta's judge (spinnaker/kayenta, MannWhitneyClassifier): every 50 windows, the last 50
    /// against the 50 before; worse when the lower 98 % confidence limit of the Hodges-Lehmann
    /// shift is above a quarter of the shift.
    case mannWhitney = "Kayenta"
}

/// One rule on one case.
package struct RuleRow: Sendable, Hashable {
    package var rule: AlarmRule
    /// Mean seconds from the fault to the alarm, over the replications in which it came in time.
    package var mean: Double
    /// Replications without an alarm within six hours.
    package var missed: Int
    /// False alarms of one series, and the hours of fault-free traffic in which they came.
    package var falseAlarms: Int
    package var hours: Double

    /// Hours between false alarms; at least the hours simulated when there was none.
    package var falseAlarmHours: Double { hours / Double(max(falseAlarms, 1)) }
}

/// All rules on one case: 15 s windows, a fault at a uniform phase after `history` windows, by
/// default three days; this judge has learned a third as many before.
package func judgeComparison(
    before: Double, after: Double, rate: Double, replications: Int = 100,
    history: Int = 3 * TrainedSignal.day, seed: UInt64 = 7
) -> [RuleRow] {
    var found: [AlarmRule: (sum: Double, count: Int, false: Int)] = [:]
    var random = RandomStream(seed: seed)
    var traffic = SteadyTraffic(size: rate * 15, ratio: before)
    let judge = TrainedSignal(&traffic, windows: history / 3, random: &random)
    for _ in 0..<replications {
        let phase = random.unit()
        // Rules that look only now and then meet the fault at any time between two looks.
        let start = history + random.below(200)
        var runs = AlarmRule.allCases.map { RuleRun($0, before: before, judge: judge) }
        var windows = RuleWindows()
        for window in 0..<(start + 1440) {
            let n = random.poisson(rate * 15)
            let share = window < start ? 0 : window == start ? 1 - phase : 1
            let affected = random.binomial(n, share)
            let x = random.binomial(n - affected, before) + random.binomial(affected, after)
            windows.add(n, x)
            for index in runs.indices where runs[index].delay == nil {
                guard runs[index].alarms(windows, after: window >= start) else { continue }
                if window < start {
                    found[runs[index].rule, default: (0, 0, 0)].false += 1
                } else {
                    runs[index].delay = (Double(window - start + 1) - phase) * 15
                }
            }
            if window >= start, runs.allSatisfy({ $0.delay != nil }) { break }
        }
        for run in runs {
            guard let delay = run.delay else { continue }
            found[run.rule, default: (0, 0, 0)].sum += delay
            found[run.rule, default: (0, 0, 0)].count += 1
        }
    }
    return AlarmRule.allCases.map { rule in
        let (sum, count, alarms) = found[rule] ?? (0, 0, 0)
        return RuleRow(
            rule: rule, mean: count > 0 ? sum / Double(count) : .nan,
            missed: replications - count, falseAlarms: alarms,
            hours: Double(replications * history) / 240)
    }
}

/// The windows so far, with prefix sums, so that any span is two subtractions.
private struct RuleWindows {
    private(set) var totals: [Double] = []
    private(set) var bads: [Double] = []
    private var totalSums = [0.0]
    private var badSums = [0.0]
    private(set) var ratioSum = 0.0
    private(set) var squareSum = 0.0

    var count: Int { totals.count }

    mutating func add(_ n: Double, _ x: Double) {
        let value = latest
        ratioSum += value
        squareSum += value * value
        totals.append(n)
        bads.append(x)
        totalSums.append((totalSums.last ?? 0) + n)
        badSums.append((badSums.last ?? 0) + x)
    }

    /// The ratio of the last window.
    var latest: Double {
        guard let n = totals.last, let x = bads.last, n > 0 else { return 0 }
        return x / n
    }

    func ratio(last windows: Int) -> Double {
        let end = totalSums.count - 1
        let start = max(0, end - windows)
        let n = totalSums[end] - totalSums[start]
        return n > 0 ? (badSums[end] - badSums[start]) / n : 0
    }

    func ratios(_ range: Range<Int>) -> [Double] {
        range.map { totals[$0] > 0 ? bads[$0] / totals[$0] : 0 }
    }
}

/// One rule at work on one series.
private struct RuleRun {
    let rule: AlarmRule
    let before: Double
    var delay: Double?
    private var judge: TrainedSignal
    private let fresh: TrainedSignal
    private let alarmNats = JudgeSettings().alarmNats(series: 1)
    private var wasFiring = false

    init(_ rule: AlarmRule, before: Double, judge: TrainedSignal) {
        self.rule = rule
        self.before = before
        self.judge = judge
        fresh = judge
    }

    /// Looks at the newest window; true when the rule starts to fire. One that goes on firing is
    /// one alarm, except that one that fires when the fault begins counts as having seen it.
    mutating func alarms(_ windows: RuleWindows, after: Bool) -> Bool {
        let fires = self.fires(windows)
        defer { wasFiring = fires }
        return fires && (after || !wasFiring)
    }

    private mutating func fires(_ windows: RuleWindows) -> Bool {
        func burns(_ rate: Double, _ budget: Double, _ long: Int, _ short: Int) -> Bool {
            windows.count >= long && windows.ratio(last: long) > rate * budget
                && windows.ratio(last: short) > rate * budget
        }
        switch rule {
        case .hazard:
            guard let n = windows.totals.last, let x = windows.bads.last,
                judge.observe(.init(total: n, bad: x), alarmNats: alarmNats)
            else { return false }
            judge = fresh
            return true
        case .burnRate: return burns(14.4, before, 240, 20) || burns(6, before, 1440, 120)
        case .ticket:
            return burns(3, 2 * before, 5760, 480) || burns(1, 2 * before, 17_280, 1440)
        case .flagger: return windows.count % 4 == 0 ? windows.ratio(last: 4) > 0.01 : wasFiring
        case .threeSigma:
            // History is all windows before this one, at least an hour of them.
            let count = Double(windows.count - 1)
            guard count >= 240 else { return false }
            let mean = windows.ratioSum / count
            let deviation = Double.sqrt(max(windows.squareSum / count - mean * mean, 0))
            return windows.latest > mean + 3 * deviation
        case .mannWhitney:
            guard windows.count % 50 == 0, windows.count >= 100 else { return false }
            let end = windows.count
            return isWorse(
                windows.ratios((end - 50)..<end), than: windows.ratios((end - 100)..<(end - 50)))
        }
    }

    /// Whether the confidence interval of the shift between two samples lies above a quarter of
    /// the estimated shift (Hodges and Lehmann 1963; the interval by the normal law of Mann and
    /// Whitney's U with ties).
    private func isWorse(_ new: [Double], than old: [Double]) -> Bool {
        var differences: [Double] = []
        differences.reserveCapacity(new.count * old.count)
        for value in new { for other in old { differences.append(value - other) } }
        let positive = differences.count { $0 > 0 }
        // The limit is the 1 % quantile's place from below: with fewer positive ones it is not
        // above zero.
        guard 2 * positive > differences.count else { return false }
        differences.sort()
        var ties: [Double: Double] = [:]
        for value in new + old { ties[value, default: 0] += 1 }
        let m = Double(new.count)
        let n = Double(old.count)
        let correction =
            ties.values.reduce(0) { $0 + $1 * $1 * $1 - $1 } / ((m + n) * (m + n - 1))
        let deviation = Double.sqrt(m * n / 12 * (m + n + 1 - correction))
        let place = Int((m * n / 2 - 2.326 * deviation).rounded(.down))
        let estimate =
            (differences[differences.count / 2] + differences[(differences.count - 1) / 2]) / 2
        return differences[max(0, min(place, differences.count - 1))] > 0.25 * abs(estimate)
    }
}
