// One row of the journal: an event with its place and instant, as text closed by a hash that covers
// everything before it. A changed, missing or torn row breaks the chain at its own place.

package import Core
import Crypto
import FoundationEssentials
package import Platform

/// One event as it was recorded.
package struct JournalEntry: Sendable, Hashable {
    /// From 1, without gaps.
    package var sequence: Int
    package var at: Timestamp
    package var event: Event

    package init(sequence: Int, at: Timestamp, event: Event) {
        self.sequence = sequence
        self.at = at
        self.event = event
    }
}

/// Rows to bytes and back: `HASH {"sequence":N,"at":"…","event":{…}}`, where HASH is the SHA-256,
/// in hexadecimal, of the previous row's HASH followed by this row's JSON.
package struct JournalCodec: Sendable {
    private struct Row: Codable {
        var sequence: Int
        var at: Timestamp
        var event: Event
    }

    /// The hash of the newest row: the only state of the chain.
    package private(set) var hash: String
    package private(set) var sequence = 0

    package init() { hash = String(repeating: "0", count: 64) }

    /// The bytes of the next row. Nothing advances until `accept` is called for it.
    package func encode(_ event: Event, at instant: Timestamp) throws(Failure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json: [UInt8]
        do {
            json = Array(
                try encoder.encode(Row(sequence: sequence + 1, at: instant, event: event)))
        } catch {
            throw Failure(.rejected, "the event \(event.kind) cannot be written as JSON: \(error)")
        }
        return Array(Self.chain(hash, json).utf8) + [0x20] + json
    }

    /// Advances the chain past a row that is durable now.
    package mutating func accept(_ row: [UInt8]) {
        hash = String(decoding: row.prefix(64), as: UTF8.self)
        sequence += 1
    }

    /// Reads the next row and advances past it. A row that does not continue the chain is an error
    /// that names its place.
    package mutating func decode(_ row: [UInt8]) throws(Failure) -> JournalEntry {
        let place = "row \(sequence + 1)"
        guard row.count > 65, row[64] == 0x20 else {
            throw Failure(.rejected, "\(place) is torn: it has \(row.count) bytes")
        }
        let json = Array(row[65...])
        guard Self.chain(hash, json).utf8.elementsEqual(row[..<64]) else {
            throw Failure(
                .rejected, "\(place) was changed, or a row before it is missing: its hash is wrong")
        }
        let decoded: Row
        do {
            decoded = try JSONDecoder().decode(Row.self, from: Data(json))
        } catch {
            throw Failure(
                .rejected,
                "\(place) cannot be read: a newer version wrote it, or it is damaged (\(error))"
            )
        }
        guard decoded.sequence == sequence + 1 else {
            throw Failure(.rejected, "\(place) says it is row \(decoded.sequence)")
        }
        accept(row)
        return JournalEntry(sequence: decoded.sequence, at: decoded.at, event: decoded.event)
    }

    private static func chain(_ previous: String, _ json: [UInt8]) -> String {
        var hasher = SHA256()
        hasher.update(data: Array(previous.utf8))
        hasher.update(data: json)
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in hasher.finalize() {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
