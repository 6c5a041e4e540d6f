// What `kubectl logs` gets of a container's output.

import Core
import Host
import LocalCluster
import Platform
import Testing

@testable import App

@Suite struct ContainerLogTests {
    private let log = ContainerLog(clock: SystemClock())

    private func read(_ query: LogQuery) async throws -> String {
        let stream = log.read(query)
        var bytes: [UInt8] = []
        while let piece = try await stream.next() { bytes += piece }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func partsOfTheOutput() async throws {
        for number in 1...5 { log.append("line \(number)") }
        #expect(try await read(LogQuery()) == "line 1\nline 2\nline 3\nline 4\nline 5\n")
        #expect(try await read(LogQuery(tailLines: 2)) == "line 4\nline 5\n")
        #expect(try await read(LogQuery(tailLines: 0)) == "")
        #expect(try await read(LogQuery(limitBytes: 10)) == "line 1\nlin")
        let later = SystemClock().now + .seconds(60)
        #expect(try await read(LogQuery(since: later)) == "")
        let stamped = try await read(LogQuery(tailLines: 1, timestamps: true))
        let parts = stamped.split(separator: " ", maxSplits: 1)
        #expect(Timestamp(rfc3339: String(parts[0])) != nil)
        #expect(parts[1] == "line 5\n")
    }

    @Test func oldLinesAreDropped() async throws {
        for number in 1...10_000 { log.append("\(number)") }
        let lines = try await read(LogQuery()).split(separator: "\n")
        #expect(lines.last == "10000")
        #expect((2000...2500).contains(lines.count))
    }

    @Test(.timeLimit(.minutes(10))) func followersSeeWhatComesUntilTheEnd() async throws {
        log.append("first")
        let text = try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask { try await read(LogQuery(follow: true)) }
            group.addTask {
                log.append("second")
                log.close()
                return nil
            }
            return try await group.first { $0 != nil } ?? nil
        }
        #expect(text == "first\nsecond\n")
    }
}
