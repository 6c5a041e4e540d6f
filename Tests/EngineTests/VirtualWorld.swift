// Engine tests run in virtual time: waits cost nothing, and the order of jobs is a function of a
// seed.

import Core
import Engine
import Platform
import Simulation
import Testing

/// Runs `body` in virtual time; what it throws is the test's failure.
func inVirtualTime(
    seed: UInt64 = 1, _ body: @escaping @Sendable (VirtualTime) async throws -> Void
) {
    let time = VirtualTime(seed: seed, start: Timestamp(seconds: 1_800_000_000))
    time.run {
        do { try await body(time) } catch { Issue.record(error) }
    }
}

/// Starts some tasks and ends them when `body` returns.
func withBackground(
    _ work: [@Sendable () async -> Void], _ body: () async throws -> Void
) async rethrows {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for task in work { group.addTask { await task() } }
        try await body()
        group.cancelAll()
    }
}

/// Waits in virtual time until `condition` holds, at most `limit`.
func reaches(
    _ time: VirtualTime, within limit: Duration = .seconds(600), _ what: Comment,
    _ condition: () async -> Bool
) async throws {
    let end = time.uptime + limit
    while time.uptime < end {
        if await condition() { return }
        try await time.sleep(for: .milliseconds(10))
    }
    Issue.record("never: \(what)")
}

func alert(
    _ name: String, startsAt: Double = 1_800_000_000, endsAt: Double? = nil, text: String = ""
) -> Alert {
    Alert(
        name: .anomaly, severity: .critical, labels: ["service": name],
        annotations: ["summary": text], startsAt: Timestamp(seconds: startsAt),
        endsAt: endsAt.map { Timestamp(seconds: $0) })
}

let started = Event.started(Started(version: "0", seed: 1, instance: "test"))
