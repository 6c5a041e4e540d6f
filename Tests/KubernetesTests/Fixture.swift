// Recorded exchanges with a Kubernetes API server, read from Tests/Fixtures.

import FoundationEssentials
import Platform

/// One recorded exchange.
struct Fixture {
    var requestLine: String
    var requestBody: [UInt8]
    var response: Response

    struct Missing: Error { var path: String }

    /// Two levels above this file is `Tests`.
    static let directory =
        "/" + "\(#filePath)".split(separator: "/").dropLast(2).joined(separator: "/")
        + "/Fixtures/kubernetes-1.36/"

    init(_ name: String) throws {
        let request = try Self.bytes(name + "/request")
        let parts = Self.split(request)
        requestLine = parts.head.first ?? ""
        requestBody = parts.body
        let lines = Self.split(try Self.bytes(name + "/response")).head
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        var headers: [Headers.Field] = []
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[colon...].dropFirst().drop { $0 == " " }
            headers.append(Headers.Field(String(line[..<colon]), String(value)))
        }
        var body: [UInt8] = []
        for ending in ["json", "jsonl", "txt"] {
            if let found = try? Self.bytes(name + "/body." + ending) { body = found }
        }
        response = Response(status: status ?? 0, headers: Headers(headers), body: body)
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: directory + path) else {
            throw Missing(path: directory + path)
        }
        return Array(data)
    }

    /// The lines of an HTTP head, and what follows the empty line.
    private static func split(_ bytes: [UInt8]) -> (head: [String], body: [UInt8]) {
        var end = bytes.count
        var body = bytes.count
        for index in bytes.indices.dropLast() where bytes[index] == 10 && bytes[index + 1] == 10 {
            end = index
            body = index + 2
            break
        }
        let head = String(decoding: bytes[..<end], as: UTF8.self)
        return (head.split(separator: "\n").map(String.init), Array(bytes[body...]))
    }
}
