// Cuts a stream of bytes into lines, with a bound on what one line may hold.

package import Platform

/// Collects pieces and hands out whole lines.
package struct LineSplitter: Sendable {
    private var pending: [UInt8] = []
    private let limit: Int

    /// `limit` in bytes: an object in etcd has at most 1.5 MiB.
    package init(limit: Int = 16 << 20) { self.limit = limit }

    /// Whether the stream stopped in the middle of a line.
    package var hasPartialLine: Bool { !pending.isEmpty }

    /// The lines that `piece` completes, without their ends; empty ones are left out.
    package mutating func lines(from piece: [UInt8]) throws(Failure) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        while let end = piece[start...].firstIndex(of: 0x0a) {
            pending += piece[start..<end]
            if pending.last == 0x0d { pending.removeLast() }
            if !pending.isEmpty { lines.append(pending) }
            pending = []
            start = end + 1
        }
        pending += piece[start...]
        guard pending.count <= limit else {
            throw Failure(.rejected, "a line of the watch is longer than \(limit) bytes")
        }
        return lines
    }
}
