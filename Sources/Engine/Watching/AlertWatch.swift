// Keeps what the team's own alerts said for as long as rounds may ask about it. A server that
// cannot be read costs the answer, never a round.

import Core
import Platform

/// Reads one alert history; of one that only knows the present it remembers what it saw.
struct AlertWatch: Sendable {
    private let history: any AlertHistory
    private let log: Log
    /// By labels and begin; at most `limit`, the newest.
    private var seen: [String: FiringAlert] = [:]
    private var isFailing = false
    /// When it could not be read last.
    private var failedAt: Timestamp?
    private static let limit = 2000
    /// How long an alert that is over is remembered.
    private static let memory = Duration.seconds(2 * 3600)

    init(_ history: any AlertHistory, log: Log) {
        self.history = history
        self.log = log
    }

    /// Asks a history that only knows the present, so that nothing that comes and goes is missed.
    mutating func look(at now: Timestamp) async {
        guard history.isMomentary, let found = await read(since: now, until: now) else { return }
        var firing: Set<String> = []
        for alert in found {
            let key = Self.key(alert)
            firing.insert(key)
            seen[key] = alert
        }
        for (key, alert) in seen where alert.endsAt == nil && !firing.contains(key) {
            seen[key]?.endsAt = now
        }
        let oldest = now - Self.memory
        seen = seen.filter { $0.value.endsAt.map { $0 >= oldest } ?? true }
        if seen.count > Self.limit {
            let kept = seen.sorted { ($1.value.startsAt, $1.key) < ($0.value.startsAt, $0.key) }
            seen = Dictionary(
                uniqueKeysWithValues: kept.prefix(Self.limit).map { ($0.key, $0.value) })
        }
    }

    /// The alerts from `since` to `until`; nil when they cannot be read.
    mutating func alerts(since: Timestamp, until: Timestamp) async -> [FiringAlert]? {
        guard history.isMomentary else { return await read(since: since, until: until) }
        // What came and went meanwhile was missed: silence would say nothing.
        if let failedAt, failedAt >= since { return nil }
        return seen.sorted { $0.key < $1.key }.map(\.value)
    }

    private mutating func read(since: Timestamp, until: Timestamp) async -> [FiringAlert]? {
        do throws(Failure) {
            let found = try await history.firing(since: since, until: until)
            isFailing = false
            return found
        } catch {
            // Said once: a wrong address would fill the log.
            if !isFailing { log.warning("the team's alerts cannot be read: \(error.message)") }
            isFailing = true
            failedAt = until
            return nil
        }
    }

    private static func key(_ alert: FiringAlert) -> String {
        alert.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            .joined(separator: "\u{1f}") + "\u{1f}\(alert.startsAt.nanoseconds)"
    }
}
