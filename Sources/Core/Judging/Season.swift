// What repeats from day to day and from week to week. It holds deviations by hour, learned from
// whole hours, and says how sure they are; what they deviate from is its owner's level.

import RealModule

/// Shape of a level over the hours of the day, and later of the week, in UTC (detection design
/// 5.6).
///
/// Values are multiples of the owner's level (`ratio`: observed over expected bad responses), or
/// additive (`log`: the log of a rate; `plain`: a gauge's own unit). One visit of one hour gives
/// one value. Each bucket is shrunk to its parent (all hours -> hour of the day -> hour of the
/// week): (sum + k parent) / (weight + k), k = max(1, u / tau²), with u the variance of one unit of
/// weight and tau² the variance between buckets. With responses as weight, u is mu (1-mu); here it
/// is measured, as the difference of an hour to the same hour on earlier days, so that bursts which
/// last for hours make it larger.
///
/// Tau² is the mean product of an hour's deviation with that of the same hour on earlier days, not
/// the variance over hours: errors that come in bursts of an hour differ between hours, but only a
/// season comes back (replication in place of analysis of variance). Without repetition tau² is
/// zero, and the parent remains.
package struct Season: Codable, Sendable, Hashable {
    /// How an hour's value is made of its weight and sum.
    package enum Scale: String, Codable, Sendable {
        /// sum / weight; the weight is what was expected.
        case ratio
        /// ln of (sum + 1/2) / weight; the weight is the number of windows.
        case log
        /// sum / weight; the weight is the number of values.
        case plain
    }

    /// Deviation from the owner's level and the variance of its posterior.
    package struct Shape: Sendable, Hashable {
        /// What the level is multiplied by (`ratio`) or raised by (else).
        package var value: Double
        package var variance: Double
    }

    private let scale: Scale
    private var day: SeasonTable
    /// Allocated after a week; 1.3 KB.
    private var week: SeasonTable?
    private var visit: Visit?

    /// The hour under way.
    private struct Visit: Codable, Sendable, Hashable {
        var hour: Int64
        var weight: Double
        var sum: Double
    }

    /// Hours after which the shape of the day is used, that of the week is collected, and used.
    package static let dayAfter = 48.0
    static let weekCollectedAfter = 168.0
    package static let weekAfter = 360.0

    package init(_ scale: Scale) {
        self.scale = scale
        day = SeasonTable(size: 24, isCount: scale == .ratio)
    }

    /// Hours learned, unweighted.
    package var hours: Double { day.visits }

    /// Whether the shape is used yet.
    package var isUsed: Bool { hours >= Self.dayAfter }

    /// Adds to the hour that holds `time`, seconds since the epoch. True when an hour was finished
    /// and learned. `halfLife`, seconds, fades the days; weeks fade four times as slowly.
    @discardableResult
    package mutating func add(
        weight: Double, sum: Double, at time: Double, halfLife: Double
    ) -> Bool {
        guard weight.isFinite, sum.isFinite, abs(time) < 1e15 else { return false }
        let hour = Int64((time / 3600).rounded(.down))
        if visit?.hour == hour {
            visit?.weight += weight
            visit?.sum += sum
            return false
        }
        let finished = visit
        visit = Visit(hour: hour, weight: weight, sum: sum)
        guard let finished, finished.weight > 0 else { return false }
        learn(finished, halfLife: max(halfLife, 3600))
        return true
    }

    private mutating func learn(_ visit: Visit, halfLife: Double) {
        let weight = visit.weight
        let value =
            scale == .log
            ? Double.log((max(visit.sum, 0) + 0.5) / weight) : visit.sum / weight
        // Sums of larger ones would leave what a journal can hold.
        guard abs(value) < 1e15, weight < 1e15 else { return }
        let ofDay = Self.place(visit.hour, in: 24)
        if day.visits >= Self.weekCollectedAfter, week == nil {
            week = SeasonTable(size: 168, isCount: scale == .ratio)
        }
        let parent = day.estimate(ofDay, parent: day.mean).value
        week?.learn(
            value, weight: weight, at: Self.place(visit.hour, in: 168), parent: parent,
            fade: .exp2(-7 * 86_400 / (4 * halfLife)), forget: .exp2(-3600 / (4 * halfLife)))
        day.learn(
            value, weight: weight, at: ofDay, parent: day.mean,
            fade: .exp2(-86_400 / halfLife), forget: .exp2(-3600 / (4 * halfLife)))
    }

    /// The hour's place in a table: hour 0 of the day is 00:00 UTC, hour 0 of the week 00:00 UTC of
    /// a Thursday, as the epoch was.
    private static func place(_ hour: Int64, in size: Int64) -> Int {
        Int(((hour % size) + size) % size)
    }

    /// The shape at `time`, seconds since the epoch, linear between the middles of hours; nil while
    /// it is not used yet.
    package func shape(at time: Double) -> Shape? {
        guard isUsed, abs(time) < 1e15 else { return nil }
        let position = time / 3600 - 0.5
        let first = position.rounded(.down)
        let share = position - first
        let before = estimate(Int64(first))
        let after = estimate(Int64(first) + 1)
        let value = before.value + share * (after.value - before.value)
        let variance = before.variance + share * (after.variance - before.variance)
        let mean = day.mean
        guard value.isFinite, variance.isFinite, mean.isFinite else { return nil }
        guard scale == .ratio else { return Shape(value: value - mean, variance: variance) }
        guard mean > 0 else { return nil }
        return Shape(value: max(value / mean, 0), variance: variance / (mean * mean))
    }

    private func estimate(_ hour: Int64) -> SeasonTable.Estimate {
        let found = day.estimate(Self.place(hour, in: 24), parent: day.mean)
        guard let week, hours >= Self.weekAfter else { return found }
        return week.estimate(
            Self.place(hour, in: 168), parent: found.value,
            parentVariance: found.variance)
    }

    /// k of the shape of the day, in units of weight; infinite when nothing repeats.
    package var dayShrinkage: Double { day.shrinkage }
}
