import Testing

@testable import Core

/// The next match of cron expressions: a table of known instants, and agreement with walking
/// through every minute.
@Suite struct CronSearchTests {
    /// Expression, zone, from (UTC), the matches that follow (UTC).
    private static let table: [(String, Zone, String, [String])] = [
        (
            "*/15 * * * *", .utc, "2026-11-21T10:07:30Z",
            ["2026-11-21T10:15:00Z", "2026-11-21T10:30:00Z"]
        ),
        ("0 0 * * *", .utc, "2026-12-31T00:00:00Z", ["2027-01-01T00:00:00Z"]),
        ("0 0 29 2 *", .utc, "2096-03-01T00:00:00Z", ["2104-02-29T00:00:00Z"]),
        (
            "0 12 13 * FRI", .utc, "2026-11-21T00:00:00Z",
            ["2026-11-27T12:00:00Z", "2026-12-04T12:00:00Z"]
        ),
        ("0 12 1-7 * */7", .utc, "2026-11-21T00:00:00Z", ["2026-12-06T12:00:00Z"]),
        ("0 9 * * MON-FRI", TestZones.berlin, "2026-11-20T08:00:00Z", ["2026-11-23T08:00:00Z"]),
        ("0 0 * * 7", .utc, "2026-11-21T00:00:00Z", ["2026-11-22T00:00:00Z"]),
        // The gap of 2026-03-29, 02:00 to 03:00 local: fixed hours happen once, right after it.
        (
            "30 2 * * *", TestZones.berlin, "2026-03-28T12:00:00Z",
            ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
        ),
        (
            "*/20 2 * * *", TestZones.berlin, "2026-03-29T00:00:00Z",
            ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]
        ),
        (
            "0 2,3 * * *", TestZones.berlin, "2026-03-29T00:00:00Z",
            ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]
        ),
        // Wildcard hours follow elapsed time.
        (
            "30 * * * *", TestZones.berlin, "2026-03-29T00:00:00Z",
            ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"]
        ),
        ("0 */2 * * *", TestZones.berlin, "2026-03-28T23:30:00Z", ["2026-03-29T02:00:00Z"]),
        // The overlap of 2026-10-25, 02:00 to 03:00 local twice: fixed hours happen the first time
        // only.
        (
            "30 2 * * *", TestZones.berlin, "2026-10-24T12:00:00Z",
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        ),
        (
            "30 * * * *", TestZones.berlin, "2026-10-25T00:00:00Z",
            ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"]
        ),
        (
            "0 12 * * *", TestZones.apia, "2011-12-29T23:00:00Z",
            ["2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"]
        ),
    ]

    @Test(arguments: table)
    func known(text: String, zone: Zone, from: String, expected: [String]) throws {
        let cron = try CronReader.read(text)
        var now = try #require(Timestamp(rfc3339: from))
        for instant in expected {
            now = try #require(cron.next(after: now, in: zone))
            #expect(now.rfc3339 == instant)
        }
    }

    private static let expressions = [
        "* * * * *", "*/7 * * * *", "0 * * * *", "15,45 */3 * * *", "30 2 * * *", "*/10 0-3 * * *",
        "0 0 * * *", "59 23 * * *", "0 2,3 * * *", "5 1 1-15 * SUN", "0 0 */2 * *", "17 2 * 3,10 *",
        "0 23 * * SAT", "30 0 * * *",
    ]

    /// From a day before a change of the clocks to a day after it, every minute.
    @Test(arguments: expressions, TestZones.all)
    func agreesWithWalkingThroughEveryMinute(text: String, zone: Zone) throws {
        let cron = try CronReader.read(text)
        var change = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        for _ in 0..<2 {
            change = zone.nextTransition(after: change) ?? change + .seconds(100 * 86_400)
            let start = change - .seconds(86_400) - .seconds(1)
            let end = change + .seconds(86_400)
            let expected = Self.walk(cron, zone, from: start, to: end)
            var found: [Timestamp] = []
            var now = start
            while let next = cron.next(after: now, in: zone), next <= end {
                found.append(next)
                now = next
            }
            #expect(found == expected)
        }
    }

    /// Every match in `from...to`, found by looking at what clocks show each minute.
    private static func walk(
        _ cron: CronExpression, _ zone: Zone, from: Timestamp, to: Timestamp
    ) -> [Timestamp] {
        var found: Set<Timestamp> = []
        var shown: [CivilTime: Timestamp] = [:]
        // A day earlier, so that first and repeated showings are told apart.
        let first = (from.nanoseconds / 60_000_000_000 - 1440) * 60_000_000_000
        var at = Timestamp(nanoseconds: first)
        var before = zone.civil(at: at - .seconds(60))
        while at <= to {
            let local = zone.civil(at: at)
            // What was skipped between the last minute and this one.
            var skipped = CivilTime(before.instant() + .seconds(60))
            while skipped.instant() < local.instant() {
                if matches(cron, skipped), !cron.hoursAreWild { found.insert(at) }
                skipped = CivilTime(skipped.instant() + .seconds(60))
            }
            if matches(cron, local), cron.hoursAreWild || shown[local] == nil { found.insert(at) }
            shown[local] = shown[local] ?? at
            before = local
            at += .seconds(60)
        }
        return found.filter { $0 > from && $0 <= to }.sorted()
    }

    private static func matches(_ cron: CronExpression, _ local: CivilTime) -> Bool {
        let month = cron.months & (1 << UInt16(local.month)) != 0
        let hour = cron.hours & (1 << UInt32(local.hour)) != 0
        let minute = cron.minutes & (1 << UInt64(local.minute)) != 0
        let day = cron.days & (1 << UInt32(local.day)) != 0
        let weekday = cron.weekdays & (1 << UInt8(local.weekday == 7 ? 0 : local.weekday)) != 0
        let both = cron.daysRestricted && cron.weekdaysRestricted
        return month && hour && minute && (both ? day || weekday : day && weekday)
    }
}
