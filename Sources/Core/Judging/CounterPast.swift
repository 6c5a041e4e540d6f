// Whether a series that is new to us is new at all: only if whatever could have shown it before was
// read in full.

/// What the readings so far covered.
struct CounterPast: Sendable {
    /// Up to when the newest reading without warnings was complete; nil before the first, and since
    /// the question changed.
    private var complete: Timestamp?
    /// Metrics that the newest reading lacked.
    private var lacking: Set<String> = []
    /// How long a gap may be: shorter than the time after which the ledger forgets series, because
    /// what is forgotten in it seems new after it.
    private let longestGap: Duration

    init(longestGap: Duration) { self.longestGap = longestGap }

    /// The metrics of which a reading shows what is new.
    struct View: Sendable {
        fileprivate var isComplete: Bool
        fileprivate var unknown: Set<String>

        /// Whether a series of the metric that was not there before began after that.
        func isKnown(of metric: String) -> Bool { isComplete && !unknown.contains(metric) }
    }

    /// Asks for more than before from now on.
    mutating func forget() {
        complete = nil
        lacking = []
    }

    /// Notes a reading, and says what can be told to be new in it. `isFirst`: it is the first of
    /// all, and its own samples reach back. `shows` is true when it is the first complete one in a
    /// while: what it shows is not new, and what it does not show is not known.
    mutating func note(_ reading: Reading, isFirst: Bool) -> (view: View, shows: Bool) {
        let isWhole = reading.warnings.isEmpty
        let isOld = complete.map { reading.completeUntil - $0 > longestGap } ?? true
        let unread = Set(reading.unread.keys)
        let view = View(isComplete: isWhole && (isFirst || !isOld), unknown: lacking.union(unread))
        let shows = isWhole && (isOld && !isFirst || !lacking.isSubset(of: unread))
        if isWhole {
            lacking = unread
            complete = max(complete ?? .earliest, reading.completeUntil)
        } else {
            lacking.formUnion(unread)
        }
        return (view, shows)
    }
}
