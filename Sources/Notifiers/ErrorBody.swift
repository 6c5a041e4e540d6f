// What an error response says, as one short line for a log. Proxies answer with HTML pages, servers
// with JSON or plain text; none of them is trusted to be short or printable.

import Core
import Platform

enum ErrorBody {
    /// At most 300 characters on one line; empty when the body says nothing.
    static func text(of response: Response) -> String {
        let body = String(decoding: response.body.prefix(65_536), as: UTF8.self)
        let isHTML =
            response.headers["Content-Type"]?.lowercased().hasPrefix("text/html") == true
            || body.drop(while: \.isWhitespace).hasPrefix("<")
        if isHTML {
            let title = title(of: body)
            return title.isEmpty ? "an HTML page" : "an HTML page titled \"\(line(title))\""
        }
        if let json = try? JSON(parsing: body) {
            for text in [json.string, json["message"]?.string, json["error"]?.string] {
                if let text { return line(text) }
            }
        }
        return line(body)
    }

    private static func title(of page: String) -> String {
        let lower = page.lowercased()
        // Lower case may change lengths outside ASCII; then the page goes without a title.
        guard lower.utf8.count == page.utf8.count else { return "" }
        let bytes = Array(page.utf8)
        guard let start = find("<title>", in: Array(lower.utf8), from: 0),
            let end = find("</title>", in: Array(lower.utf8), from: start + 7)
        else { return "" }
        return String(decoding: bytes[start + 7..<end], as: UTF8.self)
    }

    private static func find(_ word: String, in bytes: [UInt8], from: Int) -> Int? {
        let wanted = Array(word.utf8)
        guard bytes.count >= wanted.count else { return nil }
        return (from...max(from, bytes.count - wanted.count)).first {
            bytes[$0...].starts(with: wanted)
        }
    }

    /// Control characters and runs of white space become one space.
    private static func line(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            let isSpace =
                scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
            if isSpace {
                if !out.isEmpty, out.last != " " { out.append(" ") }
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        while out.last == " " { out.removeLast() }
        return out.count > 300 ? String(out.prefix(299)) + "…" : out
    }
}
