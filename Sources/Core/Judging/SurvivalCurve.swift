// How long recoveries take when some have not ended yet.

import RealModule

/// Kaplan and Meier's estimate (1958) of the time to recovery from right-censored durations
/// (detection design 5.11).
package struct SurvivalCurve: Sendable, Hashable {
    /// One anomaly: seconds until it was over, or until we stopped looking.
    package struct Observation: Codable, Sendable, Hashable {
        package var seconds: Double
        package var isOver: Bool
        package init(seconds: Double, isOver: Bool) {
            self.seconds = seconds
            self.isOver = isOver
        }
    }

    /// The share not yet recovered just after `seconds`, with Greenwood's standard error.
    package struct Step: Sendable, Hashable {
        package var seconds: Double
        package var share: Double
        package var error: Double
        package var atRisk: Int
    }

    /// One step per instant at which something ended; observations in all, and those without an
    /// end.
    package let steps: [Step]
    package let count: Int
    package let censored: Int
    private let longest: Double

    package init(_ observations: [Observation]) {
        let sorted = observations.filter { $0.seconds.isFinite && $0.seconds >= 0 }
            .sorted { ($0.seconds, $0.isOver ? 0 : 1) < ($1.seconds, $1.isOver ? 0 : 1) }
        count = sorted.count
        censored = sorted.count { !$0.isOver }
        longest = sorted.last?.seconds ?? 0
        var steps: [Step] = []
        var share = 1.0
        var variance = 0.0
        var at = 0
        while at < sorted.count {
            let time = sorted[at].seconds
            let atRisk = sorted.count - at
            var ended = 0
            while at < sorted.count, sorted[at].seconds == time {
                if sorted[at].isOver { ended += 1 }
                at += 1
            }
            if ended == 0 { continue }
            let risk = Double(atRisk)
            share *= 1 - Double(ended) / risk
            if atRisk > ended { variance += Double(ended) / (risk * (risk - Double(ended))) }
            steps.append(
                Step(
                    seconds: time, share: share, error: share * .sqrt(variance), atRisk: atRisk))
        }
        self.steps = steps
    }

    /// The first instant at which at most `share` is left; nil when the curve stays above it.
    package func quantile(_ share: Double) -> Double? {
        steps.first { $0.share <= share + 1e-12 }?.seconds
    }

    /// Median time to recovery; nil when less than half have recovered.
    package var median: Double? { quantile(0.5) }

    /// Mean time to recovery up to `limit` seconds (the longest observation when nil): the area
    /// under the curve. Beyond the last observation nothing is claimed.
    package func restrictedMean(limit: Double? = nil) -> Double {
        let end = min(limit ?? longest, longest)
        var area = 0.0
        var time = 0.0
        var share = 1.0
        for step in steps where step.seconds < end {
            area += share * (step.seconds - time)
            time = step.seconds
            share = step.share
        }
        return area + share * max(0, end - time)
    }
}
