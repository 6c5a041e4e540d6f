import Testing

@testable import Core

@Suite struct CivilTimeTests {
    @Test func fieldsAndBack() {
        var random = RandomStream(seed: 7)
        for _ in 0..<20_000 {
            let second = Int64(random.below(8_000_000_000)) - 4_000_000_000
            let instant = Timestamp(
                nanoseconds: second * 1_000_000_000 + Int64(random.below(1_000_000_000)))
            let offset = random.below(28 * 3600) - 14 * 3600
            let civil = CivilTime(instant, offset: offset)
            #expect(civil.instant(offset: offset) == instant)
            #expect((1...12).contains(civil.month))
            #expect((1...CivilTime.days(inMonth: civil.month, of: civil.year)).contains(civil.day))
            #expect(Timestamp(rfc3339: instant.rfc3339) == instant)
        }
    }

    @Test(arguments: [
        (2026, 11, 21, 6), (2024, 2, 29, 4), (1970, 1, 1, 4), (2000, 1, 1, 6), (1969, 12, 31, 3),
    ])
    func weekdays(year: Int, month: Int, day: Int, weekday: Int) {
        #expect(CivilTime(year: year, month: month, day: day).weekday == weekday)
    }

    @Test func secondsAreCutOffAtBothEndsOfTime() {
        #expect(
            Timestamp(nanoseconds: 1_700_000_000_999_999_999).rfc3339Seconds
                == "2023-11-14T22:13:20Z")
        #expect(Timestamp(nanoseconds: -1).rfc3339Seconds == "1969-12-31T23:59:59Z")
        #expect(Timestamp(nanoseconds: .min).rfc3339Seconds == "1677-09-21T00:12:43Z")
        #expect(Timestamp(nanoseconds: .max).rfc3339Seconds == "2262-04-11T23:47:16Z")
    }

    /// Go's zero time, an alert that never ends, and the years at which 64 bits end.
    @Test(arguments: [
        ("0000-01-01T00:00:00Z", Int64.min), ("0001-01-01T00:00:00Z", .min),
        ("1676-12-31T23:59:59Z", .min), ("2263-01-01T00:00:00Z", .max),
        ("9999-12-31T23:59:59.999999999+23:59", .max),
    ])
    func yearsBeyondTheRangeAreItsEnds(text: String, nanoseconds: Int64) {
        #expect(Timestamp(rfc3339: text) == Timestamp(nanoseconds: nanoseconds))
    }

    @Test func bothEndsOfTimeAreReadBack() {
        for end in [Timestamp(nanoseconds: .min), Timestamp(nanoseconds: .max)] {
            #expect(Timestamp(rfc3339: end.rfc3339) == end)
            #expect(!end.rfc3339.isEmpty)
        }
    }

    @Test func gapsThatAreTooLongAreClamped() {
        let least = Timestamp(nanoseconds: .min)
        let most = Timestamp(nanoseconds: .max)
        #expect(most - least == .nanoseconds(Int64.max))
        #expect(least - most == .nanoseconds(Int64.min))
        #expect(most - Timestamp(nanoseconds: -1) > .zero)
        #expect((most - least).human.isEmpty == false && (least - most).human.isEmpty == false)
    }
}
