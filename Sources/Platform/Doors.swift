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
    /// Every record, oldest first, as the bytes that were appended. What cannot be read back is a
    /// `.rejected` failure that names where; nothing is skipped.
    func records() async throws(Failure) -> [[UInt8]]
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
