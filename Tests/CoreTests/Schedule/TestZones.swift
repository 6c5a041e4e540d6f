// Zones made by hand, with the kinds of clock changes that occur, so that Core's tests need no
// tzdata.

@testable import Core

enum TestZones {
    /// Central European rules: 01:00 UTC on the last Sundays of March and October.
    static let berlin = zone("Europe/Berlin", standard: 3600, summer: 7200) { year in
        (last(7, 3, year, 1 * 3600), last(7, 10, year, 1 * 3600))
    }

    /// United States rules: 02:00 local on the second Sunday of March and first of November.
    static let newYork = zone("America/New_York", standard: -18_000, summer: -14_400) { year in
        (nth(2, 7, 3, year, 7 * 3600), nth(1, 7, 11, year, 6 * 3600))
    }

    /// Half an hour of summer time, in the south.
    static let lordHowe = zone("Australia/Lord_Howe", standard: 37_800, summer: 39_600) { year in
        (nth(1, 7, 10, year, -8 * 3600 - 1800), nth(1, 7, 4, year, -9 * 3600))
    }

    /// Clocks change at midnight: 00:00 becomes 01:00, and 00:00 becomes 23:00 of the day before.
    static let midnight = zone("Test/Midnight", standard: -10_800, summer: -7200) { year in
        (nth(3, 7, 10, year, 3 * 3600), nth(3, 7, 2, year, 2 * 3600))
    }

    /// No changes, and an odd offset.
    static let kathmandu = Zone(
        name: "Asia/Kathmandu", initial: .init(offset: 20_700, abbreviation: "+0545"))

    /// A zone that skipped 2011-12-30 altogether.
    static let apia = Zone(
        name: "Pacific/Apia", initial: .init(offset: -36_000, abbreviation: "-10"),
        transitions: [
            .init(instant: 1_325_239_200, period: .init(offset: 50_400, abbreviation: "+14"))
        ])

    static let all = [berlin, newYork, lordHowe, midnight, kathmandu, .utc]

    private static func zone(
        _ name: String, standard: Int, summer: Int, changes: (Int) -> (Int64, Int64)
    ) -> Zone {
        let transitions = (2015...2045).flatMap { year in
            let (forward, back) = changes(year)
            return [
                Zone.Transition(
                    instant: forward, period: .init(offset: summer, abbreviation: "S")),
                Zone.Transition(instant: back, period: .init(offset: standard, abbreviation: "N")),
            ]
        }
        return Zone(
            name: name, initial: .init(offset: standard, abbreviation: "N"),
            transitions: transitions)
    }

    /// The `count`th `weekday` of a month, `seconds` after its UTC midnight.
    private static func nth(
        _ count: Int, _ weekday: Int, _ month: Int, _ year: Int, _ seconds: Int64
    ) -> Int64 {
        let first = CivilTime(year: year, month: month, day: 1)
        let day = (weekday - first.weekday + 7) % 7 + (count - 1) * 7
        return Int64(first.daysSinceEpoch + day) * 86_400 + seconds
    }

    /// The last `weekday` of a month, `seconds` after its UTC midnight.
    private static func last(
        _ weekday: Int, _ month: Int, _ year: Int, _ seconds: Int64
    ) -> Int64 {
        let length = CivilTime.days(inMonth: month, of: year)
        let end = CivilTime(year: year, month: month, day: length)
        let day = end.daysSinceEpoch - (end.weekday - weekday + 7) % 7
        return Int64(day) * 86_400 + seconds
    }
}
