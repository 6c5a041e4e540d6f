// The one place where randomness comes from outside: a seed, drawn when nobody gave one.

/// Where a seed comes from when nobody wrote one.
package enum Seed {
    /// 48 random bits: short enough to type again.
    package static func draw() -> UInt64 {
        var system = SystemRandomNumberGenerator()
        return system.next() & 0xffff_ffff_ffff
    }
}
