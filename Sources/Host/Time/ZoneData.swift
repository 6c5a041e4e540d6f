// The compiled form of a time zone (TZif, RFC 9636), bytes to table. It trusts nothing in the
// bytes.

import Core

/// Why bytes are not a usable TZif file.
struct ZoneDataError: Error, Hashable {
    var reason: String
}

enum ZoneData {
    /// The year through which the rule at the end of the file is expanded.
    static let lastYear = 2100

    /// Reads version 2 or later; version 1 has 32-bit times, which end in 2038.
    static func zone(named name: String, from bytes: [UInt8]) throws(ZoneDataError) -> Zone {
        var reader = Reader(bytes: bytes)
        let first = try Header(&reader)
        guard first.version >= UInt8(ascii: "2") else {
            throw ZoneDataError(reason: "it has version 1 data only")
        }
        try reader.skip(first.dataSize(timeSize: 4))
        let header = try Header(&reader)
        guard header.leapCount == 0 else {
            throw ZoneDataError(reason: "it counts leap seconds, which POSIX time does not")
        }
        guard header.typeCount >= 1, header.typeCount <= 256 else {
            throw ZoneDataError(reason: "it has \(header.typeCount) kinds of local time")
        }
        let table = try Table(&reader, header)
        try reader.skip(header.standardCount + header.universalCount)
        var transitions = table.transitions
        if let rule = try footer(&reader) {
            // Without explicit transitions the rule holds from the start of standardised time.
            let last = transitions.last?.instant ?? -2_208_988_800
            transitions += rule.transitions(after: last, through: lastYear)
        }
        return Zone(name: name, initial: table.periods[0], transitions: transitions)
    }

    private static func footer(_ reader: inout Reader) throws(ZoneDataError) -> PosixTimeZone? {
        guard try reader.byte() == 10 else { throw ZoneDataError(reason: "it has no footer") }
        var text: [UInt8] = []
        while true {
            let byte = try reader.byte()
            if byte == 10 { break }
            text.append(byte)
        }
        if text.isEmpty { return nil }
        guard let rule = PosixTimeZone(text) else {
            throw ZoneDataError(
                reason: "its rule \(String(decoding: text, as: UTF8.self)) is not understood")
        }
        return rule
    }

    private struct Header {
        let version: UInt8
        let universalCount: Int
        let standardCount: Int
        let leapCount: Int
        let timeCount: Int
        let typeCount: Int
        let characterCount: Int

        init(_ reader: inout Reader) throws(ZoneDataError) {
            guard try reader.take(4).elementsEqual("TZif".utf8) else {
                throw ZoneDataError(reason: "it does not start with TZif")
            }
            version = try reader.byte()
            try reader.skip(15)
            universalCount = try reader.count()
            standardCount = try reader.count()
            leapCount = try reader.count()
            timeCount = try reader.count()
            typeCount = try reader.count()
            characterCount = try reader.count()
        }

        func dataSize(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + characterCount
                + leapCount * (timeSize + 4) + standardCount + universalCount
        }
    }

    private struct Table {
        var periods: [Zone.Period] = []
        var transitions: [Zone.Transition] = []

        init(_ reader: inout Reader, _ header: Header) throws(ZoneDataError) {
            var times: [Int64] = []
            for _ in 0..<header.timeCount { times.append(try reader.integer(bytes: 8)) }
            let indexes = try reader.take(header.timeCount)
            var kinds: [(offset: Int, name: Int)] = []
            for _ in 0..<header.typeCount {
                let offset = Int(try reader.integer(bytes: 4))
                try reader.skip(1)
                kinds.append((offset, Int(try reader.byte())))
                guard abs(offset) < 26 * 3600 else {
                    throw ZoneDataError(reason: "an offset of \(offset) seconds is impossible")
                }
            }
            let names = try reader.take(header.characterCount)
            for kind in kinds {
                guard kind.name < names.count else {
                    throw ZoneDataError(reason: "an abbreviation lies outside its table")
                }
                let name = names[(names.startIndex + kind.name)...].prefix { $0 != 0 }
                periods.append(
                    Zone.Period(
                        offset: kind.offset, abbreviation: String(decoding: name, as: UTF8.self)))
            }
            for (time, index) in zip(times, indexes) {
                guard Int(index) < periods.count else {
                    throw ZoneDataError(reason: "a transition lies outside the table of kinds")
                }
                transitions.append(Zone.Transition(instant: time, period: periods[Int(index)]))
            }
            guard zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw ZoneDataError(reason: "its transitions are out of order")
            }
            // Some compilers put one at the beginning of time; Timestamp begins in 1677.
            let bound: Int64 = 9_000_000_000
            guard times.allSatisfy({ $0 <= bound }) else {
                throw ZoneDataError(reason: "it has transitions after the year 2255")
            }
            transitions = transitions.map {
                Zone.Transition(instant: max($0.instant, -bound), period: $0.period)
            }
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        mutating func take(_ count: Int) throws(ZoneDataError) -> ArraySlice<UInt8> {
            guard count >= 0, count <= bytes.count - position else {
                throw ZoneDataError(reason: "it is cut short")
            }
            defer { position += count }
            return bytes[position..<position + count]
        }

        mutating func skip(_ count: Int) throws(ZoneDataError) { _ = try take(count) }

        mutating func byte() throws(ZoneDataError) -> UInt8 {
            let one = try take(1)
            return one[one.startIndex]
        }

        /// A signed big-endian integer.
        mutating func integer(bytes count: Int) throws(ZoneDataError) -> Int64 {
            var value: UInt64 = 0
            for byte in try take(count) { value = value << 8 | UInt64(byte) }
            return count == 4
                ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
        }

        /// A count of four bytes; no file that fits in memory has more than a million of anything.
        mutating func count() throws(ZoneDataError) -> Int {
            let value = try integer(bytes: 4)
            guard value >= 0, value < 1_000_000 else {
                throw ZoneDataError(reason: "it claims \(value) entries")
            }
            return Int(value)
        }
    }
}
