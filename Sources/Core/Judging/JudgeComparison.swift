// The rules that others alarm by, on the same simulated windows as ours: delay, misses and false
// alarms side by side. A function of its seed.

import RealModule

/// A rule that looks at windows one by one.
package enum AlarmRule: String, Sendable, CaseIterable {
    /// This detector at one false alarm per 30 days and series.
    case hazard
    /// Multi-window burn rates of the SRE workbook, chapter 5: 14.4 over 1 h and 5 min, or 6 over 6
    /// h and 30 min; the objective is the ratio before the fault.
    case burnRate = "sre-burn-rate"
    /// Flagger's built-in success rate: below 99 % over the last minute, looked at every minute.
    case flagger
    /// The ratio of one window above the mean of history by three standard deviations.
    case threeSigma = "3-sigma"
    /// Kayenta's canary judge: after 50 points, Mann-Whitney against the 50 points before at 98 %.
    case mannWhitney = "kayenta"
}

/// One rule on one case.
package struct RuleRow: Sendable, Hashable {
    package var rule: AlarmRule
    /// Mean seconds from the fault to the alarm, over the replications in which it came within an
    /// hour.
    package var mean: Double
    /// Replications without an alarm within an hour.
    package var missed: Int
    /// Hours between false alarms of one series; at least the hours simulated when there was none.
    package var falseAlarmHours: Double
}

/// All rules on one case: 15 s windows, a fault at a uniform phase after 6 h of history.
package func judgeComparison(
    before: Double, after: Double, rate: Double, replications: Int = 200, seed: UInt64 = 7
) -> [RuleRow] {
    var found: [AlarmRule: (sum: Double, count: Int, false: Int)] = [:]
    var random = RandomStream(seed: seed)
    let history = 1440
    var quiet = 0
    for _ in 0..<replications {
        let phase = random.unit()
        var runs = AlarmRule.allCases.map { RuleRun($0, before: before, rate: rate) }
        for window in 0..<(history + 240) {
            let n = random.poisson(rate * 15)
            let share = window < history ? 0 : window == history ? 1 - phase : 1
            let affected = random.binomial(n, share)
            let x = random.binomial(n - affected, before) + random.binomial(affected, after)
            for index in runs.indices where runs[index].delay == nil {
                guard runs[index].alarms(n, x) else { continue }
                if window < history {
                    found[runs[index].rule, default: (0, 0, 0)].false += 1
                } else {
                    runs[index].delay = (Double(window - history + 1) - phase) * 15
                }
            }
        }
        quiet += history
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
            missed: replications - count,
            falseAlarmHours: Double(quiet) * 15 / 3600 / Double(max(alarms, 1)))
    }
}

/// One rule at work on one series.
private struct RuleRun {
    let rule: AlarmRule
    let before: Double
    var delay: Double?
    private var detector: RatioDetector
    private let threshold: Double
    private var totals: [Double] = []
    private var bads: [Double] = []
    /// Prefix sums, so that any span is two subtractions.
    private var totalSums = [0.0]
    private var badSums = [0.0]
    private var ratioSum = 0.0
    private var squareSum = 0.0
    private var wasFiring = false

    init(_ rule: AlarmRule, before: Double, rate: Double) {
        self.rule = rule
        self.before = before
        let learned = rate * 86_400
        let upper = BetaFunctions.inverse(0.99, before * learned + 1, learned * (1 - before))
        detector = RatioDetector(grid: AlternativeGrid(p0: upper, rho: Baseline.minimumRho))
        threshold = JudgeSettings().alarmNats(series: 1)
    }

    /// Adds a window; true when the rule starts to fire. One that goes on firing is one alarm.
    mutating func alarms(_ n: Double, _ x: Double) -> Bool {
        totals.append(n)
        bads.append(x)
        totalSums.append((totalSums.last ?? 0) + n)
        badSums.append((badSums.last ?? 0) + x)
        let fires = self.fires(n, x)
        defer { wasFiring = fires }
        return fires && !wasFiring
    }

    private func ratio(last windows: Int) -> Double {
        let end = totalSums.count - 1
        let start = max(0, end - windows)
        let n = totalSums[end] - totalSums[start]
        return n > 0 ? (badSums[end] - badSums[start]) / n : 0
    }

    private mutating func fires(_ n: Double, _ x: Double) -> Bool {
        switch rule {
        case .hazard:
            detector.observe(total: n, bad: x, mean: before, window: Int64(totals.count))
            guard detector.statistic >= threshold else { return false }
            detector.reset()
            return true
        case .burnRate:
            guard totals.count > 20 else { return false }
            let fast = ratio(last: 240) >= 14.4 * before && ratio(last: 20) >= 14.4 * before
            let slow = ratio(last: 1440) >= 6 * before && ratio(last: 120) >= 6 * before
            return fast || (slow && totals.count >= 1440)
        case .flagger: return totals.count % 4 == 0 ? ratio(last: 4) > 0.01 : wasFiring
        case .threeSigma:
            let value = n > 0 ? x / n : 0
            let count = Double(totals.count - 1)
            let mean = ratioSum / max(count, 1)
            let deviation = Double.sqrt(max(squareSum / max(count, 1) - mean * mean, 0))
            let fires = count >= 240 && value > mean + 3 * deviation
            if !fires {
                ratioSum += value
                squareSum += value * value
            } else {
                // The alarming value counts as the mean, so that history stays what it was.
                ratioSum += mean
                squareSum += mean * mean + deviation * deviation
            }
            return fires
        case .mannWhitney:
            guard totals.count % 50 == 0, totals.count >= 100 else { return false }
            return isWorse()
        }
    }

    /// Mann and Whitney's U of the last 50 ratios over the 50 before, with ties, by the normal law.
    private func isWorse() -> Bool {
        func ratios(_ range: Range<Int>) -> [Double] {
            range.map { totals[$0] > 0 ? bads[$0] / totals[$0] : 0 }
        }
        let end = totals.count
        let new = ratios((end - 50)..<end)
        let old = ratios((end - 100)..<(end - 50))
        var wins = 0.0
        for value in new {
            for other in old { wins += value > other ? 1 : value == other ? 0.5 : 0 }
        }
        var ties: [Double: Double] = [:]
        for value in new + old { ties[value, default: 0] += 1 }
        let correction = ties.values.reduce(0) { $0 + $1 * $1 * $1 - $1 } / (100 * 99)
        let variance = 50.0 * 50 / 12 * (101 - correction)
        return variance > 0 && (wins - 1250) / .sqrt(variance) > 2.054
    }
}
