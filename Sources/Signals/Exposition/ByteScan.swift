// Searching and comparing bytes eight at a time, in safe code: every load is bounds-checked once
// per word and the compiler turns the eight byte loads into one. It knows nothing of any format.

/// Word-wise scans over a span of bytes.
enum ByteScan {
    /// The eight bytes from `at`, little-endian; `at + 8` must be within `bytes`.
    @inline(__always)
    static func word(_ bytes: Span<UInt8>, _ at: Int) -> UInt64 {
        let part = bytes.extracting(at..<(at &+ 8))
        let low =
            UInt64(part[0]) | UInt64(part[1]) << 8 | UInt64(part[2]) << 16 | UInt64(part[3]) << 24
        let high =
            UInt64(part[4]) << 32 | UInt64(part[5]) << 40 | UInt64(part[6]) << 48
            | UInt64(part[7]) << 56
        return low | high
    }

    /// A mask whose lowest set bit is in the first byte of `word` that equals the byte repeated in
    /// `pattern` (Bit Twiddling Hacks, "Determine if a word has a zero byte"); zero when none does.
    @inline(__always)
    static func matches(_ word: UInt64, _ pattern: UInt64) -> UInt64 {
        let difference = word ^ pattern
        return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
    }

    /// The first `byte` in `from..<to`, or `to`.
    @inline(__always)
    static func find(_ byte: UInt8, in bytes: Span<UInt8>, from: Int, to: Int) -> Int {
        let pattern = 0x0101_0101_0101_0101 &* UInt64(byte)
        var at = from
        while at &+ 8 <= to {
            let found = matches(word(bytes, at), pattern)
            if found != 0 { return at &+ found.trailingZeroBitCount >> 3 }
            at &+= 8
        }
        while at < to {
            if bytes[at] == byte { return at }
            at &+= 1
        }
        return to
    }

    /// The first quote or backslash in `from..<to`, or `to`.
    @inline(__always)
    static func quoteOrEscape(in bytes: Span<UInt8>, from: Int, to: Int) -> Int {
        var at = from
        while at &+ 8 <= to {
            let word = word(bytes, at)
            let found =
                matches(word, 0x2222_2222_2222_2222) | matches(word, 0x5c5c_5c5c_5c5c_5c5c)
            if found != 0 { return at &+ found.trailingZeroBitCount >> 3 }
            at &+= 8
        }
        while at < to {
            if bytes[at] == 0x22 || bytes[at] == 0x5c { return at }
            at &+= 1
        }
        return to
    }

    /// Whether `count` bytes of `left` from `from` equal the first `count` bytes of `right`; false
    /// when either is shorter.
    @inline(__always)
    static func equal(
        _ left: Span<UInt8>, from: Int, _ right: Span<UInt8>, count: Int
    ) -> Bool {
        guard from &+ count <= left.count, count <= right.count else { return false }
        var at = 0
        while at &+ 8 <= count {
            if word(left, from &+ at) != word(right, at) { return false }
            at &+= 8
        }
        while at < count {
            if left[from &+ at] != right[at] { return false }
            at &+= 1
        }
        return true
    }

    /// A 64-bit hash of `range`: multiply and fold, eight bytes at a time. Not for security: equal
    /// hashes are always followed by a comparison of bytes.
    static func hash(_ bytes: Span<UInt8>, _ range: Range<Int>, seed: UInt64) -> UInt64 {
        var state = seed ^ UInt64(range.count) &* 0x9e37_79b9_7f4a_7c15
        var at = range.lowerBound
        while at &+ 8 <= range.upperBound {
            state = fold(state ^ word(bytes, at), 0xbf58_476d_1ce4_e5b9)
            at &+= 8
        }
        var tail: UInt64 = 0
        while at < range.upperBound {
            tail = tail << 8 | UInt64(bytes[at])
            at &+= 1
        }
        return fold(state ^ tail, 0x94d0_49bb_1331_11eb)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = (left ^ 0x2545_f491_4f6c_dd1d).multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
