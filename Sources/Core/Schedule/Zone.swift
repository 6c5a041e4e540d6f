// A time zone as a table: which offset from UTC holds from when on. It converts both ways and does
// not know where the table comes from.

/// An IANA time zone, known until the end of its table (later instants keep the last offset).
package struct Zone: Hashable, Sendable {
    /// What clocks show between two transitions.
    package struct Period: Hashable, Sendable {
        /// Seconds east of UTC.
        package let offset: Int
        /// E.g. `CEST`.
        package let abbreviation: String

        package init(offset: Int, abbreviation: String) {
            self.offset = offset
            self.abbreviation = abbreviation
        }
    }

    /// A change of the clocks.
    package struct Transition: Hashable, Sendable {
        /// Whole seconds since 1970-01-01T00:00:00Z; `period` holds from this instant on.
        package let instant: Int64
        package let period: Period

        package init(instant: Int64, period: Period) {
            self.instant = instant
            self.period = period
        }
    }

    /// E.g. `Europe/Berlin`.
    package let name: String
    private let initial: Period
    private let transitions: [Transition]

    /// A zone that shows `initial` before the first of `transitions`, which may come in any order.
    package init(name: String, initial: Period, transitions: [Transition] = []) {
        self.name = name
        self.initial = initial
        self.transitions = transitions.sorted { $0.instant < $1.instant }
    }

    package static let utc = Zone(name: "UTC", initial: Period(offset: 0, abbreviation: "UTC"))

    /// What clocks show at `instant`.
    package func period(at instant: Timestamp) -> Period {
        period(atSecond: floorDivision(instant.nanoseconds, 1_000_000_000).quotient)
    }

    /// Seconds east of UTC at `instant`.
    package func offset(at instant: Timestamp) -> Int { period(at: instant).offset }

    /// The calendar fields that clocks in this zone show at `instant`.
    package func civil(at instant: Timestamp) -> CivilTime {
        CivilTime(instant, offset: offset(at: instant))
    }

    /// The first change of the clocks after `instant`, if the table has one.
    package func nextTransition(after instant: Timestamp) -> Timestamp? {
        let second = floorDivision(instant.nanoseconds, 1_000_000_000).quotient
        let index = firstIndex(after: second)
        guard index < transitions.count else { return nil }
        return Timestamp(nanoseconds: 0) + .seconds(transitions[index].instant)
    }

    /// The instants at which clocks show `local`, earliest first: none inside the gap when clocks
    /// go forward, two inside the overlap when they go back, otherwise one.
    package func localToInstants(_ local: CivilTime) -> [Timestamp] {
        let naive = local.instant()
        let second = floorDivision(naive.nanoseconds, 1_000_000_000).quotient
        // Offsets lie within 26 hours of UTC, so the instant is in one of these periods.
        let reach: Int64 = 26 * 3600
        var offsets: Set<Int> = [period(atSecond: second - reach).offset]
        var index = firstIndex(after: second - reach)
        while index < transitions.count, transitions[index].instant <= second + reach {
            offsets.insert(transitions[index].period.offset)
            index += 1
        }
        return offsets.map { naive - .seconds($0) }
            .filter { civil(at: $0) == CivilTime(naive) }
            .sorted()
    }

    private func period(atSecond second: Int64) -> Period {
        let index = firstIndex(after: second)
        return index == 0 ? initial : transitions[index - 1].period
    }

    /// The index of the first transition after `second`; binary search.
    private func firstIndex(after second: Int64) -> Int {
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].instant <= second { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
