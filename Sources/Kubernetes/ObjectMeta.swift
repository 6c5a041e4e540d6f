// The metadata that every Kubernetes object has, as far as it is looked at.

package import Core

/// `metadata` of an object.
package struct ObjectMeta: Sendable, Hashable {
    /// An owner with `controller: true`.
    package struct Controller: Sendable, Hashable {
        package var kind: String
        package var name: String

        package init(kind: String, name: String) {
            self.kind = kind
            self.name = name
        }
    }

    package var name = ""
    package var namespace = ""
    package var uid = ""
    package var resourceVersion = ""
    package var generation = 0
    package var created = Timestamp(nanoseconds: 0)
    package var deleting = false
    /// The labels as JSON text, as sent: equal labels have equal texts, since keys come sorted.
    package var labels = ""
    package var controller: Controller?
    /// Annotation `hazard.dev/injection`.
    package var mark: String?
    /// A static pod's mirror.
    package var mirror = false

    package init() {}

    /// Reads the value of `metadata`; null leaves everything empty.
    package init(_ cursor: inout JSONCursor, in text: Span<UInt8>) throws(JSONError) {
        guard try cursor.enterObject(in: text) else { return }
        while let key = try cursor.key(in: text) {
            if text.matches(key, "name") {
                name = try cursor.string(in: text) ?? ""
            } else if text.matches(key, "namespace") {
                namespace = try cursor.string(in: text) ?? ""
            } else if text.matches(key, "uid") {
                uid = try cursor.string(in: text) ?? ""
            } else if text.matches(key, "resourceVersion") {
                resourceVersion = try cursor.string(in: text) ?? ""
            } else if text.matches(key, "generation") {
                generation = try cursor.json(in: text).integer ?? 0
            } else if text.matches(key, "creationTimestamp") {
                created = try cursor.timestamp(in: text)
            } else if text.matches(key, "deletionTimestamp") {
                deleting = try cursor.string(in: text) != nil
            } else if text.matches(key, "labels") {
                labels = try Self.labels(&cursor, in: text)
            } else if text.matches(key, "annotations") {
                try readAnnotations(&cursor, in: text)
            } else if text.matches(key, "ownerReferences") {
                try readOwners(&cursor, in: text)
            } else {
                try cursor.skip(in: text)
            }
        }
    }

    private static func labels(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) -> String {
        guard try cursor.peek(in: text) == 0x7b else {
            try cursor.skip(in: text)
            return ""
        }
        let range = try cursor.skip(in: text)
        guard let utf8 = try? UTF8Span(validating: text.extracting(range)) else {
            throw JSONError(offset: range.lowerBound, message: "labels are not valid UTF-8")
        }
        return String(copying: utf8)
    }

    private mutating func readAnnotations(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        guard try cursor.enterObject(in: text) else { return }
        while let key = try cursor.key(in: text) {
            if text.matches(key, "hazard.dev/injection") {
                mark = try cursor.string(in: text)
            } else if text.matches(key, "kubernetes.io/config.mirror") {
                try cursor.skip(in: text)
                mirror = true
            } else {
                try cursor.skip(in: text)
            }
        }
    }

    private mutating func readOwners(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        guard try cursor.enterArray(in: text) else { return }
        while try cursor.element(in: text) {
            guard try cursor.enterObject(in: text) else { continue }
            var owner = Controller(kind: "", name: "")
            var controls = false
            while let key = try cursor.key(in: text) {
                if text.matches(key, "kind") {
                    owner.kind = try cursor.string(in: text) ?? ""
                } else if text.matches(key, "name") {
                    owner.name = try cursor.string(in: text) ?? ""
                } else if text.matches(key, "controller") {
                    controls = try cursor.bool(in: text) ?? false
                } else {
                    try cursor.skip(in: text)
                }
            }
            if controls { controller = owner }
        }
    }
}

extension ObjectMeta {
    /// The labels as a dictionary; empty when the text is not what it should be.
    static func labels(_ text: String) -> [String: String] {
        guard !text.isEmpty, let object = (try? JSON(parsing: text))?.object else { return [:] }
        var labels: [String: String] = [:]
        for (key, value) in object.members { labels[key] = value.string ?? "" }
        return labels
    }
}

extension JSONCursor {
    /// A `metav1.Time`; the epoch when it is null or unreadable.
    mutating func timestamp(in text: Span<UInt8>) throws(JSONError) -> Timestamp {
        let start = at
        let range = try skip(in: text)
        if let fast = Self.utcSeconds(text, range) { return fast }
        var again = JSONCursor(at: start)
        return try again.string(in: text).flatMap { Timestamp(rfc3339: $0) }
            ?? Timestamp(nanoseconds: 0)
    }

    /// `"2026-11-21T01:56:15Z"` with its quotes: the one form API servers write.
    private static func utcSeconds(_ text: Span<UInt8>, _ range: Range<Int>) -> Timestamp? {
        guard range.count == 22, text[range.upperBound - 2] == 0x5a else { return nil }
        var valid = true
        func number(_ offset: Int, _ count: Int) -> Int {
            var value = 0
            for index in range.lowerBound + offset..<range.lowerBound + offset + count {
                let digit = Int(text[index]) - 0x30
                if digit < 0 || digit > 9 { valid = false }
                value = value * 10 + digit
            }
            return value
        }
        let civil = CivilTime(
            year: number(1, 4), month: number(6, 2), day: number(9, 2), hour: number(12, 2),
            minute: number(15, 2), second: number(18, 2))
        guard valid, (1...12).contains(civil.month), (1...31).contains(civil.day),
            civil.hour < 24, civil.minute < 60, civil.second < 61
        else { return nil }
        return civil.instant()
    }
}
