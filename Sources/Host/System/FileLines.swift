// The lines of a file or of standard input, one after the other, in constant memory. The calls
// block, so they are for a command that does nothing else.

import Glibc
package import Platform

/// A reader of lines.
package struct FileLines: ~Copyable {
    /// One line without its end.
    package enum Line: Sendable, Hashable {
        case text(String)
        /// It had more than `limit` bytes, which were passed over.
        case tooLong
    }

    /// Bytes that a line may have.
    package static let limit = 64 << 10

    private let path: String
    private let descriptor: Int32
    private let isOwned: Bool
    private var block = [UInt8](repeating: 0, count: 64 << 10)
    private var place = 0
    private var end = 0
    private var isOver = false

    /// Opens `path`; `-` is standard input.
    package init(_ path: String) throws(Failure) {
        self.path = path == "-" ? "standard input" : path
        isOwned = path != "-"
        descriptor = isOwned ? unsafe open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
        guard descriptor >= 0 else {
            throw Failure(.rejected, "cannot read \(path): \(SystemError.current)")
        }
    }

    deinit { if isOwned { close(descriptor) } }

    /// The next line; nil at the end. The last one need not end with a line feed.
    package mutating func next() throws(Failure) -> Line? {
        var line: [UInt8] = []
        var isTooLong = false
        while true {
            if place == end {
                guard try fill() else {
                    return line.isEmpty && !isTooLong ? nil : Self.line(line, isTooLong)
                }
            }
            let feed = block[place..<end].firstIndex(of: 10)
            let part = block[place..<(feed ?? end)]
            if line.count + part.count > Self.limit { isTooLong = true }
            if !isTooLong { line += part }
            place = feed.map { $0 + 1 } ?? end
            if feed != nil { return Self.line(line, isTooLong) }
        }
    }

    private static func line(_ bytes: [UInt8], _ isTooLong: Bool) -> Line {
        if isTooLong { return .tooLong }
        return .text(
            String(decoding: bytes.last == 13 ? bytes.dropLast() : bytes[...], as: UTF8.self))
    }

    /// Reads more; false at the end.
    private mutating func fill() throws(Failure) -> Bool {
        while !isOver {
            let count = unsafe read(descriptor, &block, block.count)
            if count > 0 {
                place = 0
                end = count
                return true
            }
            if count == 0 {
                isOver = true
            } else if errno == EAGAIN {
                // A terminal that another program left without blocking.
                var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                _ = unsafe poll(&ready, 1, -1)
            } else if errno != EINTR {
                throw Failure(.rejected, "cannot read \(path): \(SystemError.current)")
            }
        }
        return false
    }
}
