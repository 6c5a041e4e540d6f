import Core
import Testing
import YAML

/// Documents damaged at random: reading and decoding end, with positions inside the text.
@Suite struct FuzzTests {
    private static let pieces = [
        ": ", "\n", "- ", "  ", "\t", "{", "}", "[", "]", "\"", "'", "&a ", "*a", "!!str ", "|\n",
        "? ",
        "<<: ", "---\n", "%", "#", "\\", "\u{0}", "é", "\u{feff}", "~", "99999999999999999999",
        "-1",
        "NaN", "inf", "1e999", "0x10", "200%", "%%", "24:00", "2026-02-30", "Mon-", "@", "*/0",
    ]

    @Test(arguments: 0..<40)
    func damagedDocumentsNeverCrash(seed: Int) {
        var random = RandomStream(seed: UInt64(seed))
        for _ in 0..<50 {
            var bytes = Array((PolicyMistake.head + PolicyDecoderTests.everything).utf8)
            for _ in 0...random.below(6) { Self.damage(&bytes, &random) }
            let contents = YAML.read(bytes)
            check(contents.errors, bytes)
            let decoded = decodePolicies(String(decoding: bytes, as: UTF8.self))
            check(decoded.errors, bytes)
            #expect(!decoded.errors.isEmpty || contents.errors.isEmpty)
        }
    }

    @Test(arguments: 0..<20)
    func noiseNeverCrashes(seed: Int) {
        var random = RandomStream(seed: UInt64(1000 + seed))
        for _ in 0..<200 {
            let text = (0..<random.below(40)).map { _ in
                Self.pieces[random.below(Self.pieces.count)]
            }.joined()
            check(YAML.read(text).errors, Array(text.utf8))
            let raw = (0..<random.below(64)).map { _ in UInt8(random.below(256)) }
            check(YAML.read(raw).errors, raw)
        }
    }

    private func check(_ errors: [ConfigError], _ bytes: [UInt8]) {
        let lines = bytes.count { $0 == 0x0a || $0 == 0x0d } + 2
        // U+2028 and U+2029 end lines for the parser, too; three bytes each.
        let separators = bytes.count { $0 == 0xe2 }
        for error in errors {
            #expect((1...lines + separators).contains(error.line))
            #expect((1...bytes.count + 2).contains(error.column))
            #expect(!error.message.isEmpty)
        }
    }

    private static func damage(_ bytes: inout [UInt8], _ random: inout RandomStream) {
        guard !bytes.isEmpty else { return }
        let at = random.below(bytes.count)
        switch random.below(5) {
        case 0: bytes.remove(at: at)
        case 1: bytes[at] = UInt8(random.below(256))
        case 2: bytes.insert(contentsOf: pieces[random.below(pieces.count)].utf8, at: at)
        case 3: bytes.removeSubrange(at..<min(bytes.count, at + random.below(30)))
        default:
            let end = min(bytes.count, at + random.below(60))
            bytes.insert(contentsOf: Array(bytes[at..<end]), at: random.below(bytes.count))
        }
    }
}
