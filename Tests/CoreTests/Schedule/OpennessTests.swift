import Testing

@testable import Core

@Suite struct OpennessTests {
    private static let working = TimeWindow(weekdays: [1, 2, 3, 4, 5], from: 540, to: 1020)
    private static let night = TimeWindow(weekdays: [5, 6], from: 1320, to: 360)

    /// Windows, excepted dates, instant (UTC), and the reason with the next opening (UTC); nil is
    /// open.
    private static let table: [([TimeWindow], [CalendarDate], String, String?, String?)] = [
        ([], [], "2026-11-21T00:00:00Z", nil, nil),
        ([working], [], "2026-11-20T08:00:00Z", nil, nil),
        (
            [working], [], "2026-11-20T07:59:59Z",
            "outside windows Mon-Fri 09:00-17:00 Europe/Berlin; opens 2026-11-20 09:00",
            "2026-11-20T08:00:00Z"
        ),
        (
            [working], [], "2026-11-20T16:00:00Z",
            "outside windows Mon-Fri 09:00-17:00 Europe/Berlin; opens 2026-11-23 09:00",
            "2026-11-23T08:00:00Z"
        ),
        // Saturday, 05:59 local: Friday's window goes on.
        ([night], [], "2026-11-21T04:59:00Z", nil, nil),
        (
            [night], [], "2026-11-21T05:00:00Z",
            "outside windows Fri,Sat 22:00-06:00 Europe/Berlin; opens 2026-11-21 22:00",
            "2026-11-21T21:00:00Z"
        ),
        // A date closes itself and what began on it.
        (
            [night], [CalendarDate(year: 2026, month: 11, day: 20)], "2026-11-21T02:00:00Z",
            "the window began on 2026-11-20, which is in exceptDates, Europe/Berlin; "
                + "opens 2026-11-21 22:00", "2026-11-21T21:00:00Z"
        ),
        // And the part of the day before that reaches into it.
        (
            [night], [CalendarDate(year: 2026, month: 11, day: 21)], "2026-11-21T02:00:00Z",
            "2026-11-21 is in exceptDates, Europe/Berlin; opens 2026-11-27 22:00",
            "2026-11-27T21:00:00Z"
        ),
        (
            [], [CalendarDate(year: 2026, month: 12, day: 24)], "2026-12-24T12:00:00Z",
            "2026-12-24 is in exceptDates, Europe/Berlin; opens 2026-12-25 00:00",
            "2026-12-24T23:00:00Z"
        ),
        (
            [working, night], [], "2026-11-22T12:00:00Z",
            "outside windows Mon-Fri 09:00-17:00, Fri,Sat 22:00-06:00 Europe/Berlin; "
                + "opens 2026-11-23 09:00", "2026-11-23T08:00:00Z"
        ),
        // 02:30 does not exist on 2026-03-29: the window opens when clocks jump over its beginning.
        (
            [TimeWindow(weekdays: [7], from: 150, to: 240)], [], "2026-03-29T00:59:00Z",
            "outside windows Sun 02:30-04:00 Europe/Berlin; opens 2026-03-29 03:00",
            "2026-03-29T01:00:00Z"
        ),
        // A window that lies in the gap opens a week later.
        (
            [TimeWindow(weekdays: [7], from: 120, to: 180)], [], "2026-03-29T00:59:00Z",
            "outside windows Sun 02:00-03:00 Europe/Berlin; opens 2026-04-05 02:00",
            "2026-04-05T00:00:00Z"
        ),
        // 02:00 to 02:30 comes twice on 2026-10-25.
        (
            [TimeWindow(weekdays: [7], from: 120, to: 150)], [], "2026-10-25T00:45:00Z",
            "outside windows Sun 02:00-02:30 Europe/Berlin; opens 2026-10-25 02:00",
            "2026-10-25T01:00:00Z"
        ),
        (
            [TimeWindow(weekdays: Set(1...7), from: 0, to: 1440)], [], "2026-11-21T22:59:59Z", nil,
            nil
        ),
    ]

    @Test(arguments: table)
    func known(
        windows: [TimeWindow], except: [CalendarDate], at: String, reason: String?, next: String?
    ) throws {
        let schedule = Schedule(
            cadence: .every(.seconds(60)), zone: TestZones.berlin, windows: windows,
            exceptDates: except)
        let instant = try #require(Timestamp(rfc3339: at))
        guard let reason else {
            #expect(schedule.isOpen(at: instant) == .open)
            return
        }
        let opens = try #require(next.flatMap { Timestamp(rfc3339: $0) })
        #expect(schedule.isOpen(at: instant) == .closed(reason: reason, nextOpen: opens))
    }

    @Test func aWindowThatOnlyExceptedDatesMeetNeverOpens() {
        // No weekday at all cannot be written in a policy, but must not loop for ever.
        let schedule = Schedule(
            cadence: .every(.seconds(60)),
            windows: [TimeWindow(weekdays: [], from: 0, to: 60)])
        #expect(
            schedule.isOpen(at: Timestamp(seconds: 0))
                == .closed(
                    reason: "outside windows  00:00-01:00 UTC; it never opens", nextOpen: nil))
    }

    /// Random schedules and instants near changes of the clocks: the answer, and the next opening
    /// found by walking through every minute.
    @Test(arguments: 0..<24)
    func agreesWithWalkingThroughEveryMinute(seed: Int) throws {
        var random = RandomStream(seed: UInt64(seed))
        for _ in 0..<2 {
            let zone = TestZones.all[random.below(TestZones.all.count)]
            let anchor = Timestamp(seconds: 1_577_836_800 + Double(random.below(6000)) * 86_400)
            let near = zone.nextTransition(after: anchor) ?? anchor
            let minute = near.nanoseconds / 60_000_000_000 + Int64(random.below(5760)) - 2880
            let start = Timestamp(nanoseconds: minute * 60_000_000_000)
            let schedule = Self.schedule(zone, near: start, &random)
            try Self.walk(schedule, from: start, minutes: 1500)
        }
    }

    private static func schedule(
        _ zone: Zone, near instant: Timestamp, _ random: inout RandomStream
    ) -> Schedule {
        let windows = (0...random.below(3)).map { _ in
            let from = random.below(48) * 30
            let to = random.below(3) == 0 ? 1440 : random.below(49) * 30
            return TimeWindow(
                weekdays: Set((1...7).filter { _ in random.below(3) > 0 } + [1 + random.below(7)]),
                from: from, to: from == to ? (from + 30) % 1440 + (from == 1410 ? 1440 : 0) : to)
        }
        let today = zone.civil(at: instant).daysSinceEpoch
        let dates = (0..<random.below(3)).map { _ in
            let day = CivilTime(daysSinceEpoch: today + random.below(5) - 2)
            return CalendarDate(year: day.year, month: day.month, day: day.day)
        }
        return Schedule(
            cadence: .every(.seconds(60)), zone: zone,
            windows: random.below(5) == 0 ? [] : windows, exceptDates: dates)
    }

    private static func walk(_ schedule: Schedule, from: Timestamp, minutes: Int) throws {
        var promised: Timestamp?
        for step in 0..<minutes {
            let at = from + .seconds(60 * step)
            let open = isOpen(schedule, at)
            switch schedule.isOpen(at: at) {
            case .open:
                #expect(open)
                // What was said to be the next opening is exactly this minute.
                if let before = promised { #expect(before == at) }
                promised = nil
            case .closed(_, let next):
                #expect(!open)
                let next = try #require(next)
                #expect(next > at)
                if let before = promised { #expect(before == next) }
                promised = next
            }
        }
    }

    /// By what clocks show, minute by minute of the day and the day before.
    private static func isOpen(_ schedule: Schedule, _ at: Timestamp) -> Bool {
        let local = schedule.zone.civil(at: at)
        func excepted(_ day: CivilTime) -> Bool {
            schedule.exceptDates.contains {
                $0.year == day.year && $0.month == day.month && $0.day == day.day
            }
        }
        if excepted(local) { return false }
        if schedule.windows.isEmpty { return true }
        let minute = local.hour * 60 + local.minute
        let yesterday = CivilTime(daysSinceEpoch: local.daysSinceEpoch - 1)
        return schedule.windows.contains { window in
            // The window as minutes after the midnight of the day it begins on.
            let end = window.to > window.from ? window.to : window.to + 1440
            let span = window.from..<end
            return span.contains(minute) && window.weekdays.contains(local.weekday)
                || span.contains(minute + 1440) && window.weekdays.contains(yesterday.weekday)
                    && !excepted(yesterday)
        }
    }
}
