// Seasons by hour: what repeats is found and shrunk by the stated formula, what does not is not.

import Core
import FoundationEssentials
import RealModule
import Testing

@Suite struct SeasonTests {
    /// Midnight UTC, a Thursday.
    static let start = 1_600_300_800.0

    /// One value for each of `hours` hours; the last hour stays under way.
    static func learn(
        _ scale: Season.Scale, hours: Int, halfLife: Double = 1e15,
        _ value: (Int) -> (weight: Double, sum: Double)
    ) -> Season {
        var season = Season(scale)
        for hour in 0...hours {
            let (weight, sum) = value(hour)
            season.add(
                weight: weight, sum: sum, at: start + Double(hour) * 3600, halfLife: halfLife)
        }
        return season
    }

    static func middle(_ hour: Int) -> Double { start + (Double(hour) + 0.5) * 3600 }

    @Test func theStartIsAThursdayMidnight() {
        #expect(Self.start.truncatingRemainder(dividingBy: 7 * 86_400) == 0)
    }

    /// The formulas of the design, from all hours at once instead of running sums.
    @Test func shrinkageIsThatOfTheFormula() throws {
        var random = RandomStream(seed: 1)
        var visits: [(value: Double, weight: Double)] = []
        let season = Self.learn(.ratio, hours: 96) { hour in
            let weight = 20 + 10 * random.unit()
            let pattern = hour % 24 < 8 ? 2.5 : 0.5
            let sum = random.poisson(weight * pattern)
            if hour < 96 { visits.append((sum / weight, weight)) }
            return (weight, sum)
        }
        var count = 0.0
        var squares = 0.0
        var pairs = 0.0
        var products = 0.0
        func mean(_ part: ArraySlice<(value: Double, weight: Double)>) -> Double {
            part.reduce(0) { $0 + $1.value * $1.weight } / part.reduce(0) { $0 + $1.weight }
        }
        for (index, visit) in visits.enumerated() where index >= 24 {
            let parent = mean(visits[..<index])
            let earlier = stride(from: index % 24, to: index, by: 24).map { visits[$0] }
            let past = earlier.reduce(0) { $0 + $1.weight }
            let before = mean(earlier[...])
            pairs += min(past, visit.weight)
            products += min(past, visit.weight) * (visit.value - parent) * (before - parent)
            // Overdispersion against Poisson: chi-squared of the two counts, one degree of freedom.
            let rate = (past * before + visit.weight * visit.value) / (past + visit.weight)
            let expected = (past * rate, visit.weight * rate)
            let first = past * before - expected.0
            let second = visit.weight * visit.value - expected.1
            count += 1
            squares += first * first / expected.0 + second * second / expected.1
        }
        let between = products / pairs
        let within = max(1, squares / count)
        let all = mean(visits[...])
        let k = max(1, within * all / between)
        #expect(abs(season.dayShrinkage / k - 1) < 1e-3)
        for hour in [0, 5, 12, 23] {
            let own = stride(from: hour, to: 96, by: 24).map { visits[$0] }
            let weight = own.reduce(0) { $0 + $1.weight }
            let shrunk = (mean(own[...]) * weight + k * all) / (weight + k)
            let shape = try #require(season.shape(at: Self.middle(96 + hour)))
            #expect(abs(shape.value - shrunk / all) < 1e-4)
            let variance = within * shrunk / (weight + k) / all / all
            #expect(abs(shape.variance / variance - 1) < 1e-3)
        }
        // Between the middles of two hours the shape is linear.
        let seven = try #require(season.shape(at: Self.middle(96 + 7))).value
        let eight = try #require(season.shape(at: Self.middle(96 + 8))).value
        let edge = try #require(season.shape(at: Self.start + 104 * 3600)).value
        #expect(seven > 2 * eight)
        #expect(abs(edge - (seven + eight) / 2) < 1e-6)
    }

    @Test func aDayIsUsedAfterTwoDaysAndAWeekAfterFifteen() throws {
        func weekend(_ hour: Int) -> (Double, Double) {
            // Half of the weekday's errors on the third and fourth day of this week.
            (50, (hour / 24) % 7 == 2 || (hour / 24) % 7 == 3 ? 30 : 60)
        }
        #expect(Self.learn(.ratio, hours: 47, weekend).shape(at: Self.start) == nil)
        #expect(Self.learn(.ratio, hours: 48, weekend).shape(at: Self.start) != nil)
        func contrast(_ hours: Int) throws -> Double {
            let season = Self.learn(.ratio, hours: hours, weekend)
            let usual = try #require(season.shape(at: Self.middle(hours / 168 * 168 + 180)))
            let quiet = try #require(season.shape(at: Self.middle(hours / 168 * 168 + 228)))
            return quiet.value / usual.value
        }
        #expect(try contrast(359) > 0.95)
        #expect(try contrast(28 * 24) < 0.65)
    }

    @Test func whatDoesNotRepeatIsNoSeason() throws {
        // Ratios that wander for a day: hours differ a lot, but not in the same way every day.
        var largest = 0.0
        var spread = 0.0
        for seed in UInt64(1)...8 {
            var random = RandomStream(seed: seed)
            var level = 0.0
            let season = Self.learn(.log, hours: 10 * 24) { _ in
                level = 0.8 * level + 0.6 * random.normal()
                return (240, 240 * Double.exp(level))
            }
            for hour in 0..<24 {
                let shape = try #require(season.shape(at: Self.middle(hour)))
                largest = max(largest, abs(shape.value))
                spread += shape.value * shape.value / 192
            }
        }
        // Means of ten visits would have a standard deviation of 0.32.
        #expect(spread.squareRoot() < 0.2, "\(spread.squareRoot()) \(largest)")
    }

    @Test func aDailyWaveIsRecovered() throws {
        var random = RandomStream(seed: 4)
        func wave(_ hour: Int) -> Double { 0.7 * .sin(2 * .pi * Double(hour) / 24) }
        let season = Self.learn(.log, hours: 8 * 24, halfLife: 7 * 86_400) { hour in
            (240, random.poisson(240 * 5 * Double.exp(wave(hour))))
        }
        for hour in 0..<24 {
            let shape = try #require(season.shape(at: Self.middle(192 + hour)))
            #expect(abs(shape.value - wave(hour)) < 0.15, "hour \(hour)")
        }
    }

    @Test func badValuesDoNoHarm() throws {
        var season = Self.learn(.plain, hours: 80) { (1, Double($0 % 24)) }
        for value in [Double.nan, .infinity, 1e300, -1e300] {
            season.add(weight: value, sum: 1, at: Self.start, halfLife: 1)
            season.add(weight: 1, sum: value, at: value, halfLife: value)
            season.add(weight: 1, sum: value, at: Self.start + 9e5, halfLife: 1)
        }
        season.add(weight: 1, sum: 1, at: -1e14, halfLife: 1e5)
        #expect(season.shape(at: .nan) == nil && season.shape(at: 1e300) == nil)
        _ = try JSONEncoder().encode(season)
        let shape = try #require(season.shape(at: Self.start))
        #expect(shape.value.isFinite && shape.variance.isFinite)
    }

    /// The journal holds a sketch of each series.
    @Test func theSketchIsSmall() throws {
        func size(_ hours: Int) throws -> Int {
            var random = RandomStream(seed: 2)
            let season = Self.learn(.ratio, hours: hours, halfLife: 7 * 86_400) { _ in
                (36 + random.unit(), random.poisson(36))
            }
            let json = try JSONEncoder().encode(season)
            #expect(try JSONDecoder().decode(Season.self, from: json) == season)
            return json.count
        }
        let day = try size(150)
        let month = try size(700)
        #expect(day < 800, "\(day)")
        #expect(month < 5000, "\(month)")
    }
}
