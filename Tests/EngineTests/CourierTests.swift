import Core
import Engine
import Platform
import Simulation
import Testing

/// The courier in virtual time: retries, resends, what it tells after a restart, and its end.
@Suite struct CourierTests {
    /// A courier with one sink over a journal in memory, running until `body` returns.
    private static func deliver(
        seed: UInt64 = 1, resends: Bool = true, before: [Event] = [],
        leadership: any Leadership = SoleLeadership(),
        _ body: @escaping @Sendable (VirtualTime, Journal, Sink, Courier) async throws -> Void
    ) {
        inVirtualTime(seed: seed) { time in
            let storage = SimulatedStorage(clock: time, seed: seed)
            let journal = try await Journal(storage: storage, clock: time)
            for event in before { try await journal.record(event) }
            let sink = Sink(clock: time, wantsResends: resends)
            let closing = Interruption()
            let courier = Courier(
                [sink], journal: journal, clock: time, leadership: leadership,
                interruption: closing, log: .silent)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await courier.run() }
                try await time.sleep(for: .seconds(1))
                try await body(time, journal, sink, courier)
                closing.raise("the test is over")
                try await group.waitForAll()
            }
        }
    }

    private static func totals(_ courier: Courier) async -> Outbox.Totals {
        await courier.totals().first?.totals ?? Outbox.Totals()
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func anAlertIsDeliveredSoonAndResentWhileItFires(_ seed: UInt64) {
        Self.deliver(seed: seed) { time, journal, sink, courier in
            try await journal.record(.alert(alert("db")))
            try await reaches(time, within: .seconds(2), "delivered") { sink.count == 1 }
            try await time.sleep(for: .seconds(190))
            #expect((3...5).contains(sink.count))
            #expect(Set(sink.alerts.map(\.startsAt)).count == 1)
            #expect(await Self.totals(courier).sent == sink.count)
        }
    }

    @Test func withoutResendsEachChangeIsToldOnce() {
        Self.deliver(resends: false) { time, journal, sink, _ in
            try await journal.record(.alert(alert("db")))
            try await time.sleep(for: .seconds(500))
            try await journal.record(.alert(alert("db", endsAt: 1_800_000_400)))
            try await time.sleep(for: .seconds(500))
            #expect(sink.alerts.map(\.isFiring) == [true, false])
        }
    }

    @Test func aResolvedAlertIsResentForFifteenMinutes() {
        Self.deliver { time, journal, sink, _ in
            try await journal.record(.alert(alert("db")))
            try await time.sleep(for: .seconds(5))
            let end = time.now.seconds
            try await journal.record(.alert(alert("db", endsAt: end)))
            try await time.sleep(for: .seconds(2000))
            let resolved = sink.deliveries.filter { !$0.alert.isFiring }
            #expect(resolved.count > 5)
            let last = try #require(resolved.last)
            #expect(last.at.seconds - end <= 960)
            #expect(last.at.seconds - end >= 780)
        }
    }

    @Test func aFailureIsRetriedAFewTimesAndThenCounted() {
        Self.deliver(resends: false) { time, journal, sink, courier in
            sink.fail(times: 2, Failure(.transient, "503"))
            try await journal.record(.alert(alert("db")))
            try await time.sleep(for: .seconds(30))
            #expect(sink.count == 1)
            #expect(sink.attempts == 3)
            #expect(await Self.totals(courier).errors == 0)
            sink.fail(times: 100, Failure(.transient, "still 503"))
            try await journal.record(.alert(alert("app")))
            try await time.sleep(for: .seconds(30))
            #expect(sink.attempts == 7)
            #expect(await Self.totals(courier).errors == 1)
            #expect(await Self.totals(courier).lastError == "still 503")
        }
    }

    /// Without resends nothing else would ever tell what happened in the meantime.
    @Test func aSinkThatComesBackIsToldWhatItMissedInOrder() {
        Self.deliver(resends: false) { time, journal, sink, courier in
            sink.fail(times: .max, Failure(.transient, "503"))
            try await journal.record(.alert(alert("db")))
            try await time.sleep(for: .seconds(600))
            try await journal.record(.alert(alert("db", endsAt: time.now.seconds)))
            try await journal.record(.alert(alert("app", text: "old")))
            try await time.sleep(for: .seconds(600))
            try await journal.record(.alert(alert("app", text: "new")))
            try await time.sleep(for: .seconds(600))
            #expect(sink.count == 0)
            #expect(await Self.totals(courier).queued == 3)
            sink.fail(times: 0, Failure(.transient, ""))
            try await time.sleep(for: .seconds(200))
            #expect(sink.count == 3)
            let database = sink.alerts.filter { $0.labels["service"] == "db" }
            #expect(database.map(\.isFiring) == [true, false])
            let app = sink.alerts.filter { $0.labels["service"] == "app" }
            #expect(app.map { $0.annotations["summary"] } == ["new"])
            #expect(await Self.totals(courier).queued == 0)
        }
    }

    /// The last window may journal alerts while the loops already end.
    @Test func whatIsJournaledAtTheEndIsToldOnce() {
        inVirtualTime { time in
            let journal = try await Journal(
                storage: SimulatedStorage(clock: time, seed: 1), clock: time)
            let sink = Sink(clock: time, wantsResends: false)
            let closing = Interruption()
            let courier = Courier(
                [sink], journal: journal, clock: time, interruption: closing, log: .silent)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await courier.run() }
                try await time.sleep(for: .seconds(1))
                try await journal.record(.alert(alert("db")))
                try await time.sleep(for: .seconds(5))
                closing.raise("the end")
                try await group.waitForAll()
            }
            try await journal.record(.alert(alert("app")))
            try await journal.record(.alert(alert("db", endsAt: time.now.seconds)))
            await courier.finish()
            await courier.finish()
            let told = sink.alerts.map { "\($0.labels["service"] ?? "") \($0.isFiring)" }
            #expect(told.first == "db true")
            #expect(told.dropFirst().sorted() == ["app true", "db false"])
        }
    }

    /// The lease may be lost while nobody else can take it: what fired meanwhile must be told.
    @Test(arguments: [true, false])
    func whoComesToLeadTellsWhatFires(resends: Bool) {
        let lease = Lease()
        Self.deliver(
            resends: resends, before: [.alert(alert("old"))], leadership: lease
        ) { time, journal, sink, _ in
            try await time.sleep(for: .seconds(30))
            #expect(sink.attempts == 0)
            lease.leads(true)
            try await time.sleep(for: .seconds(10))
            #expect(sink.alerts.map(\.labels["service"]) == ["old"])
            lease.leads(false)
            try await journal.record(.alert(alert("db")))
            try await time.sleep(for: .seconds(300))
            let before = sink.count
            lease.leads(true)
            try await time.sleep(for: .seconds(10))
            #expect(sink.alerts.dropFirst(before).map(\.labels["service"]) == ["db", "old"])
        }
    }

    @Test func aRefusalIsNotRetried() {
        Self.deliver(resends: false) { time, journal, sink, courier in
            sink.fail(times: 1, Failure(.rejected, "400"))
            try await journal.record(.alert(alert("db")))
            try await time.sleep(for: .seconds(60))
            #expect(sink.attempts == 1)
            #expect(sink.count == 0)
            #expect(await Self.totals(courier).errors == 1)
        }
    }

    @Test func retryAfterIsHonouredWithinReason() {
        Self.deliver(resends: false) { time, journal, sink, _ in
            sink.fail(times: 1, Failure(.transient, "429", retryAfter: .seconds(20)))
            let start = time.now
            try await journal.record(.alert(alert("db")))
            try await reaches(time, "delivered") { sink.count == 1 }
            #expect(time.now - start >= .seconds(20))
            #expect(time.now - start < .seconds(40))
        }
    }

    /// After a restart everybody hears again what still fires, with its first start.
    @Test func whatFiredBeforeFiresOn() {
        let old = alert("db", startsAt: 1_700_000_000)
        let over = alert("app", startsAt: 1_700_000_000, endsAt: 1_700_000_100)
        Self.deliver(resends: false, before: [.alert(old), .alert(over)]) { time, _, sink, _ in
            try await time.sleep(for: .seconds(5))
            #expect(sink.alerts.map(\.labels["service"]) == ["db"])
            #expect(sink.alerts.first?.startsAt == old.startsAt)
        }
    }

    /// A sink that hangs delays nobody else, and the end of the program delivers what is queued.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func sinksDoNotWaitForEachOther(_ seed: UInt64) {
        inVirtualTime(seed: seed) { time in
            let journal = try await Journal(
                storage: SimulatedStorage(clock: time, seed: seed), clock: time)
            let slow = Sink(clock: time, wantsResends: false, delay: .seconds(50))
            let quick = Sink(clock: time, wantsResends: false)
            let closing = Interruption()
            let courier = Courier(
                [slow, quick], journal: journal, clock: time, interruption: closing,
                log: .silent)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await courier.run() }
                try await time.sleep(for: .seconds(1))
                for number in 0..<10 {
                    try await journal.record(.alert(alert("s\(number)")))
                    try await time.sleep(for: .seconds(1))
                }
                #expect(quick.count == 10)
                #expect(slow.count == 0)
                closing.raise("the end")
                try await group.waitForAll()
            }
            #expect(slow.count == 10)
        }
    }
}

/// A sink that remembers, and fails when it is told to.
private final class Lease: Leadership {
    private let isHeld = Lock(false)
    func leads(_ value: Bool) { isHeld.withLock { $0 = value } }
    func token() async -> Int? { isHeld.withLock { $0 } ? 1 : nil }
    func run() async {}
}

private final class Sink: Notifier {
    static let manifest = NotifierManifest(name: "sink", summary: "", parameters: [])

    private struct Kept {
        var deliveries: [(at: Timestamp, alert: Alert)] = []
        var attempts = 0
        var failing = 0
        var failure = Failure(.transient, "")
    }

    private let kept = Lock(Kept())
    private let clock: (any WallClock)?
    private let delay: Duration
    let wantsResends: Bool
    var endpoint: String { "sink" }

    init(_ parameters: Parameters, network: any Network) throws(ConfigError) {
        clock = nil
        delay = .zero
        wantsResends = false
    }

    init(clock: any WallClock, wantsResends: Bool, delay: Duration = .zero) {
        self.clock = clock
        self.wantsResends = wantsResends
        self.delay = delay
    }

    var deliveries: [(at: Timestamp, alert: Alert)] { kept.withLock { $0.deliveries } }
    var alerts: [Alert] { deliveries.map(\.alert) }
    var count: Int { deliveries.count }
    var attempts: Int { kept.withLock { $0.attempts } }

    func fail(times: Int, _ failure: Failure) {
        kept.withLock {
            $0.failing = times
            $0.failure = failure
        }
    }

    func send(_ alerts: [Alert], now: Timestamp) async throws(Failure) {
        let failure = kept.withLock { kept -> Failure? in
            kept.attempts += 1
            guard kept.failing > 0 else { return nil }
            kept.failing -= 1
            return kept.failure
        }
        if let failure { throw failure }
        if delay > .zero { try await clock?.sleep(for: delay) }
        kept.withLock { $0.deliveries += alerts.map { (now, $0) } }
    }
}
