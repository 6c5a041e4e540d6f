// How far apart two instants are, whichever is earlier.

extension Timestamp {
    /// The time between this instant and `other`; never negative, however a clock was set.
    package func distance(to other: Timestamp) -> Duration {
        self < other ? other - self : self - other
    }
}
