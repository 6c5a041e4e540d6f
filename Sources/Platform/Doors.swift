// The four doors to everything that is not a pure function of its input. Host has the real ones,
// Simulation the seeded ones. Nothing else in the program may be non-deterministic.

package import Core

/// Door 1, time: what the clock says, and waiting.
package protocol WallClock: Sendable {
    /// The wall clock. It may jump.
    var now: Timestamp { get }
    /// A clock that never jumps and never runs backwards, from an arbitrary origin: for deadlines.
    var uptime: Duration { get }
    /// Waits; throws `.cancelled` as soon as the task is cancelled. Zero or less returns after a
    /// yield.
    func sleep(for duration: Duration) async throws(Failure)
}

/// Door 2, the network, as a client sees it.
package protocol Network: Sendable {
    /// One request and its whole response. Any HTTP status is a response, not a failure.
    func exchange(_ request: Request) async throws(Failure) -> Response
    /// One request whose response body is read piece by piece.
    func stream(_ request: Request) async throws(Failure) -> ResponseStream
}

/// Door 3, storage: one append-only log.
package protocol Storage: Sendable {
    /// Where it is, for people: a path, or nil for one that only a program holds.
    var path: String? { get }
    /// Durable when it returns. A failure (disk full, I/O error) means the record is not there, and
    /// that the next append may be tried.
    func append(_ record: [UInt8]) async throws(Failure)
    /// The records after the first `count`, oldest first, as the bytes that were appended: at least
    /// one if there is any, and no more once they have `bytes` together. What cannot be read back
    /// is a `.rejected` failure that names where; nothing is skipped.
    func records(after count: Int, upTo bytes: Int) async throws(Failure) -> [[UInt8]]
}

extension Storage {
    /// Hands over every record, oldest first. Few are held at a time: a journal of months is larger
    /// than the memory that reads it.
    package func forEachRecord(
        _ body: ([UInt8]) throws(Failure) -> Void
    ) async throws(Failure) {
        var count = 0
        while true {
            let page = try await records(after: count, upTo: 4 << 20)
            if page.isEmpty { return }
            for record in page { try body(record) }
            count += page.count
        }
    }

    /// Every record at once.
    package func records() async throws(Failure) -> [[UInt8]] {
        var all: [[UInt8]] = []
        try await forEachRecord { all.append($0) }
        return all
    }
}

/// The doors, and door 4: the seed that every random draw comes from.
package struct World: Sendable {
    package var clock: any WallClock
    package var network: any Network
    package var storage: any Storage
    package var seed: UInt64

    package init(
        clock: any WallClock, network: any Network, storage: any Storage, seed: UInt64
    ) {
        self.clock = clock
        self.network = network
        self.storage = storage
        self.seed = seed
    }
}
