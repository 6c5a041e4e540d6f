// The beginning of an unexpected answer, fit for one line of a log.

import Platform

enum Snippet {
    /// `: "first words"`, printable and short; empty for an empty body. Of a web page, its title.
    static func of(_ response: Response) -> String {
        var text = String(decoding: response.body.prefix(2000), as: UTF8.self)
        if let title = element("title", of: text) ?? element("h1", of: text) { text = title }
        var words = ""
        for character in text.unicodeScalars {
            if words.unicodeScalars.count >= 120 { break }
            if character.value < 0x20 || character == " " {
                if words.last != " " { words += " " }
            } else {
                words.unicodeScalars.append(character)
            }
        }
        while words.first == " " { words.removeFirst() }
        while words.last == " " { words.removeLast() }
        return words.isEmpty ? "" : ": \"\(words)\""
    }

    private static func element(_ name: String, of page: String) -> String? {
        let lower = page.lowercased()
        guard let open = lower.firstRange(of: "<\(name)>"),
            let close = lower[open.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        // Offsets, since lowercasing keeps the number of characters of what pages have there.
        let start = lower.distance(from: lower.startIndex, to: open.upperBound)
        let length = lower.distance(from: open.upperBound, to: close.lowerBound)
        return String(page.dropFirst(start).prefix(length))
    }
}
