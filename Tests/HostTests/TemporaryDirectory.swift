import Glibc
import Platform

@testable import Host

/// Runs `body` with a fresh directory that is removed afterwards.
func withTemporaryDirectory<Value>(
    _ body: (String) async throws -> Value
) async throws -> Value {
    let path = "/tmp/hazard-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    try FileSystem.createDirectory(path)
    let result = await Result { () async throws in try await body(path) }
    unsafe chmod(path, 0o755)
    _ = try await shell("rm -rf '\(path)'")
    return try result.get()
}
