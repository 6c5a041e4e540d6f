import Core
import Glibc
import Platform
import Testing

@testable import Host

struct FileSystemTests {
    @Test func replacesWholeFiles() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/file"
            for bytes in [[UInt8](repeating: 1, count: 300_000), [], [2]] {
                try FileSystem.writeAtomically(bytes, to: path)
                #expect(try FileSystem.read(path) == bytes)
            }
            #expect(try FileSystem.list(directory) == ["file"])
        }
    }

    @Test func readersSeeOldOrNewAndNothingElse() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/file"
            let versions = (0..<50).map { [UInt8](repeating: UInt8($0), count: 20_000) }
            try FileSystem.writeAtomically(versions[0], to: path)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for version in versions { try FileSystem.writeAtomically(version, to: path) }
                }
                group.addTask {
                    for _ in 0..<200 {
                        let bytes = try FileSystem.read(path)
                        #expect(versions.contains(bytes))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func failuresNameThePath() async throws {
        try await withTemporaryDirectory { directory in
            let missing = directory + "/no/file"
            await expectFailure(.rejected, "read \(missing)", "No such file") {
                _ = try FileSystem.read(missing)
            }
            await expectFailure(.rejected, "write \(missing)", "No such file") {
                try FileSystem.writeAtomically([1], to: missing)
            }
            await expectFailure(.rejected, "list \(missing)", "No such file") {
                _ = try FileSystem.list(missing)
            }
            try FileSystem.writeAtomically([1, 2, 3], to: directory + "/three")
            await expectFailure(.rejected, directory + "/three", "2 bytes") {
                _ = try FileSystem.read(directory + "/three", limit: 2)
            }
            await expectFailure(.rejected, directory + "/three") {
                try FileSystem.createDirectory(directory + "/three/four")
            }
            try FileSystem.createDirectory(directory + "/a/b/c")
            try FileSystem.createDirectory(directory + "/a/b/c")
            await expectFailure(.rejected, directory + "/a") {
                try FileSystem.writeAtomically([1], to: directory + "/a")
            }
            #expect(try FileSystem.list(directory) == ["a", "three"])
            #expect(try FileSystem.list(directory + "/a/b") == ["c"])
        }
    }

    @Test func usageIsPlausible() throws {
        let clock = SystemClock()
        let before = try #require(ProcessUsage.current)
        // Work, not time: on a busy machine the process may not run at all for a while. The kernel
        // counts it in ticks of at most 10 ms.
        let end = Glibc.clock() + CLOCKS_PER_SEC / 10
        while Glibc.clock() < end {}
        let file = unsafe open("/dev/null", O_RDONLY)
        defer { close(file) }
        let after = try #require(ProcessUsage.current)
        #expect(after.cpuSeconds > before.cpuSeconds)
        #expect(after.residentBytes > 1 << 20 && after.virtualBytes > after.residentBytes)
        #expect(after.openFiles > 3 && after.threads >= 1)
        #expect(after.start == before.start && after.start < clock.now)
        #expect(clock.now - after.start < .seconds(3600))
    }

    @Test func onlyUnchangedCodeIsGivenBack() throws {
        func mapping(_ head: String, changed: Int) -> String {
            head + "\nSize:  64 kB\nRss:  64 kB\nPrivate_Dirty: 64 kB\nAnonymous:   \(changed) kB\n"
                + "ProtectionKey:  0\nVmFlags: rd ex mr\n"
        }
        let text =
            mapping("1000-3000 r-xp 00000000 fe:00 12      /usr/bin/a", changed: 0)
            + mapping("3000-4000 r-xp 00002000 fe:00 12      /usr/bin/a", changed: 4)
            + mapping("4000-5000 r--p 00003000 fe:00 12      /usr/bin/a", changed: 0)
            + mapping("5000-6000 rwxp 00003000 fe:00 12      /usr/bin/a", changed: 0)
            + mapping("6000-7000 r-xp 00000000 00:00 0      [vdso]", changed: 0)
            + mapping("7000-8000 r-xp 00000000 00:00 0", changed: 0)
            + mapping("ff001000-ff002000 r-xp 00000000 fe:00 7   /a b.so", changed: 0)
        let found = ResidentPages.unchangedCode(in: text)
        #expect(found.map(\.start) == [0x1000, 0xff00_1000])
        #expect(found.map(\.length) == [0x2000, 0x1000])
        // Everything goes on as before.
        ResidentPages.releaseCode()
        #expect(try #require(ProcessUsage.current).residentBytes > 0)
    }
}
