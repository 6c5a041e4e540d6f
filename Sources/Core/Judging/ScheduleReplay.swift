// How often chance alone would put a strike as close before an instant as one was: the schedule of
// rounds is replayed at every other place of the time in which it could have struck. Pure
// arithmetic; what an instant means is its caller's matter.

import RealModule

/// The null hypothesis of "was it chaos" (detection design 5.8).
///
/// The schedule is shifted by a uniform time around the circle of armed time, and, when it has
/// shams, every round's assignment is drawn again with its recorded probability. Both are what
/// would make no difference if the incident had nothing to do with chaos. The p-value is the
/// probability that a strike then lies within the observed delay: computed exactly, by one sweep
/// over the circle, and not by sampling.
package struct ScheduleReplay: Sendable {
    /// One round that could have struck.
    package struct Round: Sendable, Hashable {
        package var at: Timestamp
        package var isStrike: Bool
        /// The probability with which it was drawn to be a sham, 0...1.
        package var shamProbability: Double

        package init(at: Timestamp, isStrike: Bool, shamProbability: Double) {
            self.at = at
            self.isStrike = isStrike
            self.shamProbability = min(max(shamProbability, 0), 1)
        }
    }

    /// The armed time, each span prolonged by the margin: a strike may be its last event.
    package let reference: [Range<Timestamp>]
    /// Its length in seconds.
    package let length: Double
    /// Whether assignments are drawn again: there are shams.
    package let redraws: Bool
    /// Rounds in the reference, by time.
    package let rounds: [Round]
    /// Where the spans of the reference begin on the circle, seconds.
    private let origins: [Double]

    /// `spans` in order and apart; `margin` is small, because time in which nothing can be drawn
    /// makes every strike look rarer than it was.
    package init(rounds: [Round], spans: [Range<Timestamp>], margin: Duration) {
        reference = ArmedTime.union(spans.map { $0.lowerBound..<($0.upperBound + margin) })
        var total = 0.0
        origins = reference.map { span in
            defer { total += (span.upperBound - span.lowerBound).inSeconds }
            return total
        }
        length = total
        let spans = reference
        self.rounds = rounds.filter { round in spans.contains { $0.contains(round.at) } }
            .sorted { $0.at < $1.at }
        redraws = self.rounds.contains { !$0.isStrike }
    }

    /// The place of an instant on the circle, in seconds; nil outside of the reference.
    private func place(_ instant: Timestamp) -> Double? {
        guard let span = reference.lastIndex(where: { $0.lowerBound <= instant }),
            reference[span].contains(instant)
        else { return nil }
        return origins[span] + (instant - reference[span].lowerBound).inSeconds
    }

    /// The chance that a round does not strike, under the null.
    private func idle(_ round: Round) -> Double {
        redraws ? round.shamProbability : round.isStrike ? 0 : 1
    }

    /// The probability that a strike lies at most `delay` seconds before the incident. 1 when there
    /// is no reference.
    package func probability(within delay: Double) -> Double {
        guard length > 0, delay < length else { return 1 }
        // Where each round comes into reach and goes out of it again, around the circle.
        var steps: [(at: Double, idle: Double, enters: Bool)] = []
        var product = Product()
        for round in rounds {
            let idle = idle(round)
            guard idle < 1, let start = place(round.at) else { continue }
            var end = start + max(delay, 0)
            if end > length {
                end -= length
                product.add(idle)
            }
            steps.append((start, idle, true))
            steps.append((end, idle, false))
        }
        steps.sort { $0.at < $1.at }
        var covered = 0.0
        var at = 0.0
        for step in steps {
            covered += (step.at - at) * (1 - product.value)
            at = step.at
            if step.enters { product.add(step.idle) } else { product.remove(step.idle) }
        }
        covered += (length - at) * (1 - product.value)
        return min(max(covered / length, 0), 1)
    }

    /// With the rounds where they were, the probability that the draw of strike or sham alone gives
    /// a strike at most `delay` seconds before `instant`; nil when there were no shams to draw.
    package func coin(_ instant: Timestamp, within delay: Double) -> Double? {
        guard redraws else { return nil }
        var product = Product()
        for round in rounds
        where round.at <= instant && (instant - round.at).inSeconds <= delay + 1e-9 {
            product.add(idle(round))
        }
        return 1 - product.value
    }

    /// A product that factors can leave again, zeros included.
    private struct Product {
        private var zeros = 0
        private var logarithm = 0.0
        private var factors = 0

        mutating func add(_ factor: Double) {
            if factor <= 0 { zeros += 1 } else { logarithm += .log(factor) }
            factors += 1
        }

        mutating func remove(_ factor: Double) {
            if factor <= 0 { zeros -= 1 } else { logarithm -= .log(factor) }
            factors -= 1
        }

        /// The empty product is one, whatever rounding has left.
        var value: Double { zeros > 0 ? 0 : factors == 0 ? 1 : min(1, .exp(logarithm)) }
    }
}
