// A gauge that follows the hours of the day.

import Core
import RealModule
import Testing

@Suite struct GaugeSeasonTests {
    /// A queue that follows the hours: 100 by day, 20 at night.
    @Test func aValueOfTheDayIsStrangeAtNight() throws {
        var random = RandomStream(seed: 6)
        var judge = GaugeJudge(threshold: .log(10_000))
        var alarms: [Int] = []
        for minute in 0..<(7 * 1440) {
            let hours = Double(minute) / 60
            var value = 60 + 40 * Double.sin(2 * .pi * hours / 24) + 4 * random.normal()
            // The seventh night, two hours long.
            if minute >= 6 * 1440 + 18 * 60, minute < 6 * 1440 + 20 * 60 { value += 60 }
            let time = Timestamp(seconds: SeasonTests.start + hours * 3600)
            if case .alarmed = judge.observe(value, at: time) { alarms.append(minute) }
        }
        let late = alarms.filter { $0 >= 4 * 1440 }
        #expect(late.count == 1, "\(alarms)")
        let found = try #require(late.first)
        #expect(found >= 6 * 1440 + 18 * 60 && found < 6 * 1440 + 20 * 60)
    }
}
