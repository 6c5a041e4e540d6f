// Random numbers as a function of a seed. The algorithms are fixed here, down to how a range is
// drawn, so that a round redraws bit for bit on any version of the standard library.

/// xoshiro256** 1.0 (Blackman and Vigna 2018), seeded through SplitMix64 as its authors advise.
package struct RandomStream: RandomNumberGenerator, Sendable, Hashable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    package init(seed: UInt64) {
        var mixer = seed
        state = (
            splitMix64(&mixer), splitMix64(&mixer), splitMix64(&mixer), splitMix64(&mixer)
        )
    }

    /// The generator of one round: a function of the daemon's seed, the policy and the round's
    /// number.
    package static func round(_ number: Int, of policy: String, seed: UInt64) -> RandomStream {
        RandomStream(seed: fork(seed, policy, UInt64(bitPattern: Int64(number))))
    }

    /// A seed derived from `seed`, a name and a number (FNV-1a over the name, then SplitMix64).
    package static func fork(_ seed: UInt64, _ name: String, _ number: UInt64 = 0) -> UInt64 {
        var mixer = seed ^ FNV1a(name.utf8).value
        mixer = splitMix64(&mixer) ^ number
        return splitMix64(&mixer)
    }

    package mutating func next() -> UInt64 {
        let result = rotate(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotate(state.3, 45)
        return result
    }

    /// Uniform in `0..<bound` without bias (Lemire 2019, "Fast Random Integer Generation in an
    /// Interval", algorithm 5). `bound` must be positive.
    package mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "below: the bound must be positive")
        let range = UInt64(bound)
        var product = next().multipliedFullWidth(by: range)
        if product.low < range {
            let threshold = (0 &- range) % range
            while product.low < threshold { product = next().multipliedFullWidth(by: range) }
        }
        return Int(product.high)
    }

    /// Uniform in `[0, 1)` with 53 random bits.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    private func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        (value << count) | (value >> (64 - count))
    }

    package static func == (left: Self, right: Self) -> Bool { left.state == right.state }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(state.0)
        hasher.combine(state.1)
        hasher.combine(state.2)
        hasher.combine(state.3)
    }
}

/// One step of SplitMix64 (Steele, Lea and Flood 2014).
private func splitMix64(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
}
