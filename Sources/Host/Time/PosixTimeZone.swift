// The rule at the end of a tzdata file (POSIX `TZ` syntax, RFC 9636 section 3.3.1), expanded to
// transitions year by year.

import Core

/// E.g. `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixTimeZone: Hashable {
    /// When in a year clocks change.
    struct Rule: Hashable {
        enum Day: Hashable {
            /// 1...365, February 29 is never counted.
            case julian(Int)
            /// 0...365, February 29 counts.
            case ordinal(Int)
            /// Month, week 1...5 (5 is the last), day 0...6 from Sunday.
            case weekday(month: Int, week: Int, day: Int)
        }
        var day: Day
        /// Seconds after midnight, local time; may be negative or past the day's end.
        var time: Int
    }

    var standard: Zone.Period
    var saving: (period: Zone.Period, start: Rule, end: Rule)?

    static func == (left: Self, right: Self) -> Bool {
        left.standard == right.standard && left.saving?.period == right.saving?.period
            && left.saving?.start == right.saving?.start && left.saving?.end == right.saving?.end
    }

    func hash(into hasher: inout Hasher) { hasher.combine(standard) }

    /// Nil when `text` does not follow the syntax.
    init?(_ text: some Sequence<UInt8>) {
        var reader = Reader(rest: Array(text)[...])
        guard let name = reader.name(), let west = reader.offset() else { return nil }
        standard = Zone.Period(offset: -west, abbreviation: name)
        guard !reader.rest.isEmpty else { return }
        guard let savingName = reader.name() else { return nil }
        var savingOffset = standard.offset + 3600
        if reader.rest.first != UInt8(ascii: ",") {
            guard let west = reader.offset() else { return nil }
            savingOffset = -west
        }
        guard reader.skip(","), let start = reader.rule(), reader.skip(","),
            let end = reader.rule(), reader.rest.isEmpty
        else { return nil }
        saving = (Zone.Period(offset: savingOffset, abbreviation: savingName), start, end)
    }

    /// Every change of the clocks after `instant` (seconds) up to the end of `lastYear`.
    func transitions(after instant: Int64, through lastYear: Int) -> [Zone.Transition] {
        guard let saving else { return [] }
        let first = CivilTime(Timestamp(nanoseconds: 0) + .seconds(instant)).year
        guard first <= lastYear else { return [] }
        var found: [Zone.Transition] = []
        for year in first...lastYear {
            // A rule's time is what clocks show just before the change.
            let start = saving.start.seconds(in: year) - Int64(standard.offset)
            let end = saving.end.seconds(in: year) - Int64(saving.period.offset)
            found.append(Zone.Transition(instant: start, period: saving.period))
            found.append(Zone.Transition(instant: end, period: standard))
        }
        return found.filter { $0.instant > instant }.sorted { $0.instant < $1.instant }
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(upTo limit: Int) -> Int? {
            var value: Int?
            while let byte = rest.first, byte >= 48, byte <= 57 {
                let next = (value ?? 0) * 10 + Int(byte - 48)
                guard next <= limit else { return nil }
                value = next
                rest.removeFirst()
            }
            return value
        }

        /// Letters, or anything between angle brackets.
        mutating func name() -> String? {
            var name: [UInt8] = []
            if skip("<") {
                while let byte = rest.popFirst(), byte != UInt8(ascii: ">") { name.append(byte) }
            } else {
                while let byte = rest.first, byte | 32 >= 97, byte | 32 <= 122 {
                    name.append(byte)
                    rest.removeFirst()
                }
            }
            return name.count >= 3 && name.count <= 16 ? String(decoding: name, as: UTF8.self) : nil
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func offset() -> Int? {
            let isNegative = skip("-")
            if !isNegative { _ = skip("+") }
            guard let hours = number(upTo: 167) else { return nil }
            var seconds = hours * 3600
            for unit in [60, 1] where skip(":") {
                guard let amount = number(upTo: 59) else { return nil }
                seconds += amount * unit
            }
            return isNegative ? -seconds : seconds
        }

        mutating func rule() -> Rule? {
            guard let day = day() else { return nil }
            guard skip("/") else { return Rule(day: day, time: 2 * 3600) }
            return offset().map { Rule(day: day, time: $0) }
        }

        private mutating func day() -> Rule.Day? {
            if skip("M") {
                guard let month = number(upTo: 12), month >= 1, skip("."),
                    let week = number(upTo: 5), week >= 1, skip("."), let day = number(upTo: 6)
                else { return nil }
                return .weekday(month: month, week: week, day: day)
            }
            if skip("J") {
                guard let day = number(upTo: 365), day >= 1 else { return nil }
                return .julian(day)
            }
            return number(upTo: 365).map { .ordinal($0) }
        }
    }
}

extension PosixTimeZone.Rule {
    /// The change in `year` in seconds since the epoch, read as if local time were UTC.
    func seconds(in year: Int) -> Int64 {
        let start = CivilTime(year: year, month: 1, day: 1).daysSinceEpoch
        let dayNumber: Int
        switch day {
        case .ordinal(let ordinal): dayNumber = start + ordinal
        case .julian(let julian):
            let isLeap = CivilTime.days(inMonth: 2, of: year) == 29
            dayNumber = start + julian - 1 + (isLeap && julian >= 60 ? 1 : 0)
        case .weekday(let month, let week, let day):
            let first = CivilTime(year: year, month: month, day: 1)
            // ISO weekday 7 is POSIX weekday 0.
            var dayOfMonth = 1 + (day - first.weekday % 7 + 7) % 7 + (week - 1) * 7
            if dayOfMonth > CivilTime.days(inMonth: month, of: year) { dayOfMonth -= 7 }
            dayNumber = first.daysSinceEpoch + dayOfMonth - 1
        }
        return Int64(dayNumber) * 86_400 + Int64(time)
    }
}
