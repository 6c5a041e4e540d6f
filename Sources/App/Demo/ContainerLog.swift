// What one container printed, the newest part of it, in memory.

import Core
import LocalCluster
import Platform

/// Lines with the instant at which they came. Old ones are dropped.
final class ContainerLog: Sendable {
    private struct Line {
        var at: Timestamp
        var text: String
    }

    private struct State {
        var lines: [Line] = []
        /// How many lines came before the first that is kept.
        var dropped = 0
        var isClosed = false
    }

    /// Lines that are kept; each is at most 64 KiB long.
    private static let limit = 2000

    private let clock: any WallClock
    private let state = Lock(State())

    init(clock: any WallClock) { self.clock = clock }

    func append(_ text: String) {
        let line = Line(at: clock.now, text: text)
        state.withLock { state in
            state.lines.append(line)
            if state.lines.count > Self.limit + Self.limit / 4 {
                let surplus = state.lines.count - Self.limit
                state.lines.removeFirst(surplus)
                state.dropped += surplus
            }
        }
    }

    /// The container ended: followers are at the end.
    func close() { state.withLock { $0.isClosed = true } }

    /// The part of the output that `query` wants.
    func read(_ query: LogQuery) -> BodyStream {
        let first = state.withLock { state in
            let all = state.lines.count
            return state.dropped + all - min(all, max(0, query.tailLines ?? all))
        }
        let place = Lock((next: first, left: query.limitBytes ?? .max))
        let cancelled = Lock(false)
        return BodyStream(
            next: { () async throws(Failure) -> [UInt8]? in
                while !cancelled.withLock({ $0 }) {
                    let (bytes, isOver) = self.take(query, place)
                    if !bytes.isEmpty { return bytes }
                    if isOver || !query.follow { return nil }
                    try await self.clock.sleep(for: .milliseconds(200))
                }
                return nil
            }, cancel: { cancelled.withLock { $0 = true } })
    }

    /// What came since `place`, and whether nothing more can come.
    private func take(
        _ query: LogQuery, _ place: Lock<(next: Int, left: Int)>
    ) -> (bytes: [UInt8], isOver: Bool) {
        let (next, left) = place.withLock { $0 }
        let (lines, end, isClosed) = state.withLock { state in
            let skip = max(0, next - state.dropped)
            return (
                Array(state.lines.dropFirst(skip)), state.dropped + state.lines.count,
                state.isClosed
            )
        }
        var bytes: [UInt8] = []
        for line in lines {
            if let since = query.since, line.at < since { continue }
            bytes += (query.timestamps ? "\(line.at.rfc3339) " : "").utf8
            bytes += line.text.utf8
            bytes.append(0x0a)
        }
        let kept = Array(bytes.prefix(left))
        place.withLock { $0 = (end, left - kept.count) }
        return (kept, isClosed || left == kept.count)
    }
}
