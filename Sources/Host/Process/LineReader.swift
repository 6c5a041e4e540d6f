// The lines a child prints, from the pipe they come through.

import CProcess
import Glibc
import Platform

struct LineReader: Sendable {
    private let descriptor: Int32
    private let handler: @Sendable (String) -> Void
    /// Bytes above which a line is cut.
    static let limit = 64 << 10

    /// A reader, and the end of the pipe for the child.
    static func make(
        _ handler: @escaping @Sendable (String) -> Void
    ) throws(Failure) -> (LineReader, Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe cprocess_pipe(&ends) == 0 else {
            throw Failure(.transient, "cannot make a pipe: \(SystemError.current)")
        }
        return (LineReader(descriptor: ends[0], handler: handler), ends[1])
    }

    func close() { Glibc.close(descriptor) }

    /// Reads to the end of the pipe and closes it. Once `isAlive` says no, silence is the end too:
    /// something the child started may have kept the pipe.
    func readAll(while isAlive: () -> Bool) {
        defer { close() }
        var line: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let count = unsafe poll(&ready, 1, 100)
            if count < 0, errno == EINTR { continue }
            if count == 0 {
                if isAlive() { continue }
                break
            }
            let got = unsafe read(descriptor, &block, block.count)
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { break }
            for byte in block[..<got] {
                if byte == 10 {
                    hand(&line)
                } else if line.count < Self.limit {
                    line.append(byte)
                }
            }
        }
        if !line.isEmpty { hand(&line) }
    }

    private func hand(_ line: inout [UInt8]) {
        if line.last == 13 { line.removeLast() }
        handler(String(decoding: line, as: UTF8.self))
        line = []
    }
}
