// Zones from the system's tzdata: checked against an independent reader, and against damage.

import Core
import Glibc
import Platform
import Testing

@testable import Host

struct ZoneTests {
    static let directory = "/usr/share/zoneinfo"

    @Test func utcIsBuiltIn() throws {
        let zone = try ZoneFile.load("UTC", directory: "/nonexistent")
        #expect(zone == .utc && zone.offset(at: Timestamp(seconds: 4e9)) == 0)
        let local = CivilTime(year: 2024, month: 2, day: 29, hour: 23, minute: 59, second: 59)
        #expect(zone.localToInstants(local).map(\.rfc3339) == ["2024-02-29T23:59:59Z"])
    }

    /// Local times in Berlin and what they mean in UTC: around both changes of 2026, and after the
    /// last transition of the file, where only the rule speaks.
    @Test(arguments: [
        ("2026-03-29T01:59:59Z", ["2026-03-29T00:59:59Z"]),
        ("2026-03-29T02:00:00Z", []),
        ("2026-03-29T02:59:59Z", []),
        ("2026-03-29T03:00:00Z", ["2026-03-29T01:00:00Z"]),
        ("2026-10-25T01:59:59Z", ["2026-10-24T23:59:59Z"]),
        ("2026-10-25T02:00:00Z", ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"]),
        ("2026-10-25T02:59:59Z", ["2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z"]),
        ("2026-10-25T03:00:00Z", ["2026-10-25T02:00:00Z"]),
        ("2099-07-01T12:00:00Z", ["2099-07-01T10:00:00Z"]),
        ("2099-12-01T12:00:00Z", ["2099-12-01T11:00:00Z"]),
    ])
    func berlinBothWays(local: String, instants: [String]) throws {
        let zone = try ZoneFile.load("Europe/Berlin")
        let fields = CivilTime(try #require(Timestamp(rfc3339: local)))
        let found = zone.localToInstants(fields)
        #expect(found.map(\.rfc3339) == instants)
        for instant in found { #expect(zone.civil(at: instant) == fields) }
    }

    /// For every zone and many instants: local time leads back to the instant.
    @Test func localTimesLeadBack() throws {
        var stream = RandomStream(seed: 7)
        for name in [
            "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu",
            "Africa/Casablanca", "Pacific/Apia", "America/St_Johns", "Antarctica/Troll",
        ] {
            let zone = try ZoneFile.load(name)
            for _ in 0..<500 {
                let second = Int64(stream.next() % 4_000_000_000)
                let instant = Timestamp(nanoseconds: second * 1_000_000_000 + 5)
                let found = zone.localToInstants(zone.civil(at: instant))
                #expect(found.contains(instant), "\(name) \(instant)")
                #expect(found.count <= 2)
            }
        }
    }

    @Test func transitionsFollowEachOther() throws {
        let zone = try ZoneFile.load("America/New_York")
        let start = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        let spring = try #require(zone.nextTransition(after: start))
        #expect(spring.rfc3339 == "2026-03-08T07:00:00Z")
        #expect(zone.period(at: spring) == Zone.Period(offset: -14_400, abbreviation: "EDT"))
        #expect(zone.period(at: spring - .nanoseconds(1)).abbreviation == "EST")
        #expect(zone.nextTransition(after: spring)?.rfc3339 == "2026-11-01T06:00:00Z")
        #expect(zone.nextTransition(after: Timestamp(seconds: 9e9)) == nil)
    }

    /// Offsets and abbreviations from 1970 to 2090 against the C library's own reader, through
    /// `date`.
    @Test(.enabled(if: isExecutable("/usr/bin/date")))
    func agreesWithTheCLibrary() async throws {
        var stream = RandomStream(seed: 11)
        for name in [
            "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Sao_Paulo",
            "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Tehran", "Africa/Cairo", "Asia/Gaza",
            "America/Nuuk", "Pacific/Chatham", "Pacific/Apia", "Antarctica/Troll", "Etc/GMT+5",
        ] {
            let zone = try ZoneFile.load(name)
            let seconds = (0..<200).map { _ in Int64(stream.next() % 3_800_000_000) }
            let input = seconds.map { "@\($0)\n" }.joined()
            let output = try await shell("TZ=\(name) date -f - '+%s %z %Z'", input: input)
            let lines = output.split(separator: "\n")
            #expect(lines.count == seconds.count)
            for (second, line) in zip(seconds, lines) {
                let period = zone.period(at: Timestamp(nanoseconds: second * 1_000_000_000))
                let minutes = abs(period.offset) / 60
                // `date` marks "no local time yet" with a minus sign.
                let sign = period.offset < 0 || period.abbreviation == "-00" ? "-" : "+"
                let text = "\(second) \(sign)\(padded(minutes / 60, 2))\(padded(minutes % 60, 2))"
                #expect(line == "\(text) \(period.abbreviation)", "\(name)")
            }
        }
    }

    @Test(arguments: [
        ("Europe/Berlln", "Europe/Berlin"), ("berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"), ("America/NewYork", "America/New_York"),
        ("Europe", "Europe/"),
    ])
    func suggestsTheNearestNames(wrong: String, right: String) {
        let error = #expect(throws: ConfigError.self) { try ZoneFile.load(wrong) }
        #expect(error?.message.contains(wrong) == true)
        #expect(error?.fix.contains(right) == true, "\(error?.fix ?? "")")
    }

    @Test(arguments: [
        "", "..", "../../../etc/passwd", "/etc/passwd", "Europe/../../passwd", "a//b", "a/", ".",
        "Europe/Berlin\0x", "zone.tab", "Ünited",
    ])
    func refusesPaths(name: String) {
        let error = #expect(throws: ConfigError.self) { try ZoneFile.load(name) }
        #expect(error?.message.contains("not a time zone name") == true)
    }

    @Test func namesAMissingDatabase() {
        let error = #expect(throws: ConfigError.self) {
            try ZoneFile.load("Europe/Berlin", directory: "/nonexistent")
        }
        #expect(error?.fix.contains("tzdata") == true)
    }

    /// Cut anywhere, or with any one byte changed, a file is refused or read; nothing crashes.
    @Test func survivesDamage() throws {
        let bytes = try FileSystem.read(Self.directory + "/Europe/Dublin")
        var refused = 0
        for length in 0..<bytes.count {
            do {
                _ = try ZoneData.zone(named: "X", from: Array(bytes[..<length]))
            } catch {
                refused += 1
            }
        }
        #expect(refused == bytes.count)
        var stream = RandomStream(seed: 3)
        for _ in 0..<3000 {
            var damaged = bytes
            damaged[Int(stream.next() % UInt64(bytes.count))] = UInt8(stream.next() & 255)
            guard let zone = try? ZoneData.zone(named: "X", from: damaged) else { continue }
            let instant = Timestamp(nanoseconds: Int64(stream.next() % 4_000_000_000_000_000_000))
            _ = zone.localToInstants(zone.civil(at: instant))
            _ = zone.nextTransition(after: instant)
        }
    }

    /// The rule syntax, with what each means in 2026 (instants in UTC).
    @Test(arguments: [
        ("CET-1CEST,M3.5.0,M10.5.0/3", ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]),
        ("AAA0BBB,J60/0,300/1:02:03", ["2026-03-01T00:00:00Z", "2026-10-28T00:02:03Z"]),
        ("EST5EDT,M3.2.0,M11.1.0", ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"]),
        ("JST-9", []),
    ])
    func expandsRules(text: String, changes: [String]) throws {
        let rule = try #require(PosixTimeZone(text.utf8))
        let start = try #require(Timestamp(rfc3339: "2026-01-02T00:00:00Z"))
        let found = rule.transitions(after: start.nanoseconds / 1_000_000_000, through: 2026)
        #expect(
            found.map { (Timestamp(nanoseconds: 0) + .seconds($0.instant)).rfc3339 } == changes)
    }

    @Test(arguments: [
        "", "CE-1", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.1.0,M1.1.0",
        "CET-1CEST,M3.0.0,M1.1.0", "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-999", "<CET-1", "CET-1:",
        "CET-1CEST,J0,J1", "CET-1CEST,366,1",
    ])
    func refusesMalformedRules(text: String) {
        #expect(PosixTimeZone(text.utf8) == nil)
    }
}

func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

/// The output of a shell command that is fed `input` (small); fails on a non-zero status. It
/// inherits no file: with system(3) it would keep other tests' sockets open while it runs.
func shell(_ command: String, input: String = "") async throws -> String {
    let stem = "/tmp/hazard-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let from = stem + ".in"
    let to = stem + ".out"
    defer { unsafe unlink(from); unsafe unlink(to) }
    try FileSystem.writeAtomically(Array(input.utf8), to: from)
    let end = try await ChildProcess.run(
        ChildProcess.Plan(
            "/bin/sh", ["-c", "(\(command)) < \(from) > \(to) 2>&1"], output: .discard))
    let output = String(decoding: try FileSystem.read(to), as: UTF8.self)
    guard end == .exited(0) else { throw Failure(.rejected, "\(command): \(output)") }
    return output
}
