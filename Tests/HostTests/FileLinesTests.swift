import Glibc
import Host
import Platform
import Testing

/// Lines of files, whatever their ends.
@Suite struct FileLinesTests {
    private func lines(_ bytes: [UInt8]) throws -> [FileLines.Line] {
        let path = "/tmp/hazard-lines-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        try FileSystem.writeAtomically(bytes, to: path)
        defer { unsafe unlink(path) }
        var reader = try FileLines(path)
        var found: [FileLines.Line] = []
        while let line = try reader.next() { found.append(line) }
        return found
    }

    @Test func everyKindOfEnd() throws {
        #expect(try lines([]) == [])
        #expect(try lines(Array("a\nb\r\n\nc".utf8)) == ["a", "b", "", "c"].map { .text($0) })
        #expect(try lines(Array("a\n".utf8)) == [.text("a")])
    }

    @Test func linesMayCrossBlocksButNotTheLimit() throws {
        let longest = String(repeating: "x", count: FileLines.limit)
        let bytes = Array("first\n\(longest)\n\(longest)y\nlast".utf8)
        #expect(
            try lines(bytes) == [.text("first"), .text(longest), .tooLong, .text("last")])
        #expect(try lines(Array((longest + longest).utf8)) == [.tooLong])
    }

    @Test func whatCannotBeReadIsNamed() {
        #expect(throws: Failure.self) { _ = try FileLines("/nowhere/at all") }
        #expect(throws: Failure.self) {
            var reader = try FileLines("/tmp")
            _ = try reader.next()
        }
    }
}
