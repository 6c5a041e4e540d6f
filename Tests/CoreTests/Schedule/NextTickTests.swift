import Testing

@testable import Core

@Suite struct NextTickTests {
    private let start = Timestamp(seconds: 1_795_000_000)

    private func schedule(_ every: Duration, jitter: Double = 0) -> Schedule {
        Schedule(cadence: .every(every), jitter: jitter)
    }

    @Test func withoutJitterTicksFormAGrid() {
        var random = RandomStream(seed: 1)
        var last: Timestamp?
        for count in 1...100 {
            // Handled late every time: what was due counts, so delays do not add up.
            let now = (last ?? start) + .milliseconds(last == nil ? 0 : 700)
            last = NextTick.next(
                after: now, schedule: schedule(.seconds(15)), lastTick: last, random: &random)
            #expect(last == start + .seconds(15 * count))
        }
    }

    @Test(arguments: [0.1, 0.3, 1.0])
    func jitterIsBoundedAndKeepsThePeriod(jitter: Double) throws {
        var random = RandomStream(seed: 2)
        let schedule = schedule(.seconds(120), jitter: jitter)
        var last = start
        var gaps: [Double] = []
        for _ in 0..<20_000 {
            let next = try #require(
                NextTick.next(after: last, schedule: schedule, lastTick: last, random: &random))
            gaps.append((next - last).inSeconds)
            last = next
        }
        #expect(gaps.allSatisfy { $0 > 0 && abs($0 - 120) <= 120 * jitter + 1e-6 })
        #expect(abs(gaps.reduce(0, +) / 20_000 - 120) < 120 * jitter * 0.02)
        let reach = (gaps.min() ?? 120, gaps.max() ?? 120)
        #expect(reach.0 < 120 * (1 - jitter * 0.95) && reach.1 > 120 * (1 + jitter * 0.95))
    }

    @Test func aLongSleepIsOneTickAndNotABurst() throws {
        var random = RandomStream(seed: 3)
        let schedule = schedule(.seconds(60), jitter: 0.2)
        let woken = start + .seconds(9 * 3600)
        let first = try #require(
            NextTick.next(after: woken, schedule: schedule, lastTick: start, random: &random))
        #expect(first == woken)
        let second = try #require(
            NextTick.next(after: woken, schedule: schedule, lastTick: first, random: &random))
        #expect((second - first).inSeconds >= 48)
    }

    @Test func cronLeavesMissedMatchesOut() throws {
        var random = RandomStream(seed: 4)
        let schedule = Schedule(cadence: .cron(try CronReader.read("*/5 * * * *")))
        let noon = try #require(Timestamp(rfc3339: "2026-11-21T12:00:00Z"))
        let next = NextTick.next(
            after: noon + .seconds(3601), schedule: schedule, lastTick: noon, random: &random)
        #expect(next?.rfc3339 == "2026-11-21T13:05:00Z")
    }

    @Test func aClockSetBackNeitherRepeatsNorStops() throws {
        var random = RandomStream(seed: 5)
        let cron = Schedule(cadence: .cron(try CronReader.read("0 * * * *")))
        let noon = try #require(Timestamp(rfc3339: "2026-11-21T12:00:00Z"))
        let soon = NextTick.next(
            after: noon - .seconds(30), schedule: cron, lastTick: noon, random: &random)
        #expect(soon?.rfc3339 == "2026-11-21T13:00:00Z")
        let farBack = NextTick.next(
            after: noon - .seconds(86_400), schedule: cron, lastTick: noon, random: &random)
        #expect(farBack?.rfc3339 == "2026-11-20T13:00:00Z")
        let every = NextTick.next(
            after: noon - .seconds(86_400), schedule: schedule(.seconds(60)), lastTick: noon,
            random: &random)
        #expect(every == noon - .seconds(86_340))
    }

    @Test(arguments: 0..<200)
    func neverBeforeNow(seed: Int) throws {
        var random = RandomStream(seed: UInt64(seed))
        let period = Duration.seconds(1 + random.below(7 * 86_400))
        let schedule = schedule(period, jitter: random.unit())
        let lead = random.below(40 * 86_400) - 20 * 86_400
        let last = random.below(5) == 0 ? nil : start + .seconds(lead)
        let next = try #require(
            NextTick.next(after: start, schedule: schedule, lastTick: last, random: &random))
        #expect(next >= start)
        #expect(next <= start + period * 3)
    }
}
