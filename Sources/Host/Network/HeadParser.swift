// The head of an HTTP response, from the lines libcurl hands over. Interim responses (1xx) and
// trailers are dropped.

import Platform

struct HeadParser {
    private var status = 0
    private var fields: [Headers.Field] = []
    private var size = 0
    /// The final head was handed out; later lines are trailers.
    private(set) var isDone = false
    /// Bytes of header lines to accept.
    static let limit = 256 << 10
    /// libcurl undoes the content encoding, so that the fields about it no longer hold.
    let decodesBody: Bool

    init(decodesBody: Bool) { self.decodesBody = decodesBody }

    enum Step { case more, head(Transfer.Head), tooLarge }

    /// Takes one line with its line break; an empty one ends a head.
    mutating func take(_ line: some Sequence<UInt8>) -> Step {
        if isDone { return .more }
        let text = String(decoding: Array(line), as: UTF8.self)
        size += text.utf8.count
        guard size <= Self.limit else { return .tooLarge }
        let content = text.trimmingWhitespace
        if content.isEmpty {
            guard status >= 200 else { return .more }
            isDone = true
            return .head(Transfer.Head(status: status, headers: Headers(finalFields)))
        }
        if content.hasPrefix("HTTP/"), !content.prefix(while: { $0 != " " }).contains(":") {
            status = Int(content.split(separator: " ").dropFirst().first ?? "") ?? 0
            fields = []
        } else if let colon = content.firstIndex(of: ":") {
            let value = String(content[colon...].dropFirst()).trimmingWhitespace
            fields.append(Headers.Field(String(content[..<colon]), String(value)))
        }
        return .more
    }

    private var finalFields: [Headers.Field] {
        let isEncoded = fields.contains { $0.name.lowercased() == "content-encoding" }
        guard decodesBody, isEncoded else { return fields }
        return fields.filter {
            !["content-encoding", "content-length"].contains($0.name.lowercased())
        }
    }
}

extension String {
    /// Without spaces, tabs and line breaks at both ends.
    fileprivate var trimmingWhitespace: Substring {
        let blanks: Set<Character> = [" ", "\t", "\r", "\n", "\r\n"]
        var rest = drop { blanks.contains($0) }
        while let last = rest.last, blanks.contains(last) { rest.removeLast() }
        return rest
    }
}
