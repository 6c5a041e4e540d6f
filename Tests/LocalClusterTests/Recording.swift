// One recorded exchange with a real API server, and how two answers are compared: everything that a
// run decides (uids, versions, instants, random suffixes) is made alike first.

import Core
import FoundationEssentials
import Platform

/// A folder of Tests/Fixtures/kubernetes-1.36.
struct Recording {
    let request: Request
    let status: Int
    let headers: Headers
    let body: [UInt8]

    init(_ name: String) throws {
        let here = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = here.appending(path: "Fixtures/kubernetes-1.36/\(name)")
        func bytes(_ file: String) -> [UInt8]? {
            (try? Data(contentsOf: folder.appending(path: file))).map(Array.init)
        }
        let sent = String(decoding: bytes("request") ?? [], as: UTF8.self)
        let received = String(decoding: bytes("response") ?? [], as: UTF8.self)
        let cut = sent.firstRange(of: "\n\n")
        let head = sent[..<(cut?.lowerBound ?? sent.endIndex)]
        let content = cut.map { Array(sent[$0.upperBound...].utf8) } ?? []
        let words = head.prefix { $0 != "\n" }.split(separator: " ").map(String.init)
        let code = received.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        guard words.count == 3, let code else {
            throw Failure(.rejected, "\(name) is not a recorded exchange")
        }
        request = Request(words[0], words[1], headers: Self.headers(head), body: content)
        status = code
        headers = Self.headers(received[...])
        body = bytes("body.json") ?? bytes("body.jsonl") ?? bytes("body.txt") ?? []
    }

    private static func headers(_ text: Substring) -> Headers {
        Headers(
            text.split(separator: "\n").dropFirst().compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                return Headers.Field(String(line[..<colon]), String(value))
            })
    }

    /// The body with what differs between runs made alike.
    static func normalized(_ json: JSON) -> JSON {
        switch json {
        case .object(let object):
            var dropped: Set<String> = [
                "managedFields", "uid", "resourceVersion", "storageVersionHash", "description",
                "continue",
            ]
            // Such a name ends in random letters.
            if object["generateName"] != nil { dropped.insert("name") }
            return .object(
                JSON.Object(
                    object.members.filter { !dropped.contains($0.key) }
                        .map { ($0.key, normalized($0.value)) }))
        case .array(let elements): return .array(elements.map(normalized))
        case .string(let text):
            if Timestamp(rfc3339: text) != nil { return "<instant>" }
            if text.hasPrefix("kube-api-access-") { return "kube-api-access-<suffix>" }
            return .string(withoutDiff(withoutNumbers(text)))
        default: return json
        }
    }

    /// Versions and counters in messages.
    private static func withoutNumbers(_ text: String) -> String {
        var out = ""
        var digits = false
        for character in text {
            let digit = character.isASCII && character.isNumber
            if digit, digits { continue }
            out.append(digit ? "#" : character)
            digits = digit
        }
        return out
    }

    /// The server ends some messages with a diff of its internal structures.
    private static func withoutDiff(_ text: String) -> String {
        guard let at = text.firstRange(of: "\n@@ ") else { return text }
        return String(text[..<at.lowerBound])
    }
}
