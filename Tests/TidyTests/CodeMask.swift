// Tells code from comments and from the text of string literals, byte by byte. It knows nested
// comments, raw and multi-line strings and interpolation, and no more of the language.

/// Walks over one file.
struct CodeMask {
    private let bytes: [UInt8]
    private var out: [UInt8]
    private var place = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        out = bytes
    }

    /// The file with spaces where there is no code; line breaks stay.
    mutating func blanked() -> [UInt8] {
        code(until: nil)
        return out
    }

    private func at(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    private mutating func blank(_ count: Int = 1) {
        for index in place..<min(place + count, bytes.count) where bytes[index] != 0x0a {
            out[index] = 0x20
        }
        place += count
    }

    /// Goes on to the end, or past the `)` that closes an interpolation.
    private mutating func code(until closing: UInt8?) {
        var depth = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "/"), at(place + 1) == UInt8(ascii: "/") {
                while place < bytes.count, bytes[place] != 0x0a { blank() }
            } else if byte == UInt8(ascii: "/"), at(place + 1) == UInt8(ascii: "*") {
                comment()
            } else if let hashes = stringStart() {
                string(hashes)
            } else {
                if closing != nil {
                    if byte == UInt8(ascii: "(") { depth += 1 }
                    if byte == UInt8(ascii: ")") {
                        if depth == 0 { return }
                        depth -= 1
                    }
                }
                place += 1
            }
        }
    }

    private mutating func comment() {
        var depth = 0
        repeat {
            if at(place) == UInt8(ascii: "/"), at(place + 1) == UInt8(ascii: "*") {
                depth += 1
                blank(2)
            } else if at(place) == UInt8(ascii: "*"), at(place + 1) == UInt8(ascii: "/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && place < bytes.count
    }

    /// How many `#` stand before the quote of a literal that starts here; nil when none does.
    private func stringStart() -> Int? {
        var index = place
        while at(index) == UInt8(ascii: "#") { index += 1 }
        return at(index) == UInt8(ascii: "\"") ? index - place : nil
    }

    private mutating func string(_ hashes: Int) {
        place += hashes
        let quote = UInt8(ascii: "\"")
        let isBlock = at(place + 1) == quote && at(place + 2) == quote
        let quotes = isBlock ? 3 : 1
        place += quotes
        while place < bytes.count {
            if at(place) == UInt8(ascii: "\\"), follows(hashes, at: place + 1) {
                if at(place + 1 + hashes) == UInt8(ascii: "(") {
                    blank(2 + hashes)
                    code(until: UInt8(ascii: ")"))
                    blank()
                } else {
                    blank(2 + hashes)
                }
            } else if ends(quotes, hashes) {
                place += quotes + hashes
                return
            } else if !isBlock, at(place) == 0x0a {
                return
            } else {
                blank()
            }
        }
    }

    private func follows(_ hashes: Int, at index: Int) -> Bool {
        (0..<hashes).allSatisfy { at(index + $0) == UInt8(ascii: "#") }
    }

    private func ends(_ quotes: Int, _ hashes: Int) -> Bool {
        (0..<quotes).allSatisfy { at(place + $0) == UInt8(ascii: "\"") }
            && follows(hashes, at: place + quotes)
    }
}
