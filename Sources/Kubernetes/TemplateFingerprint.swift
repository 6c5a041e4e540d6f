// What a pod template runs, as a number: templates that differ only in the mark of a restart have
// the same one. Read in one pass from the text that the API server sent.

package import Core

/// A fingerprint of a pod template: of all its fields, without the annotations by which people and
/// tools restart pods, and without the labels that controllers add.
///
/// 64 bits, and nobody gains by a collision: equal fingerprints are only asked for where the
/// controller's own hash of the template changed. The members of the template and of its metadata
/// are summed, so that their order does not count; below that the API server's order is fixed.
package struct TemplateFingerprint: Sendable, Hashable {
    /// Never 0.
    package private(set) var value: UInt64 = 1

    /// Reads the value of `template`; null is as an empty one.
    package init(_ cursor: inout JSONCursor, in text: Span<UInt8>) throws(JSONError) {
        guard try cursor.enterObject(in: text) else { return }
        while let key = try cursor.key(in: text) {
            if text.matches(key, "metadata") {
                try addMetadata(&cursor, in: text)
            } else {
                add(key, try cursor.skip(in: text), in: text, place: 1)
            }
        }
        if value == 0 { value = 1 }
    }

    private mutating func addMetadata(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        guard try cursor.enterObject(in: text) else { return }
        while let key = try cursor.key(in: text) {
            if text.matches(key, "labels") {
                try addTexts(&cursor, in: text, place: 2, without: Self.isAddedLabel)
            } else if text.matches(key, "annotations") {
                try addTexts(&cursor, in: text, place: 3, without: Self.isRestart)
            } else {
                // creationTimestamp and the like: a template has none that matters.
                try cursor.skip(in: text)
            }
        }
    }

    private mutating func addTexts(
        _ cursor: inout JSONCursor, in text: Span<UInt8>, place: UInt64,
        without isLeftOut: (Span<UInt8>, Range<Int>) -> Bool
    ) throws(JSONError) {
        guard try cursor.enterObject(in: text) else { return }
        while let key = try cursor.key(in: text) {
            let range = try cursor.skip(in: text)
            if !isLeftOut(text, key) { add(key, range, in: text, place: place) }
        }
    }

    /// Labels that ReplicaSets and Rollouts put on what they make.
    private static func isAddedLabel(_ text: Span<UInt8>, _ key: Range<Int>) -> Bool {
        text.matches(key, "pod-template-hash") || text.matches(key, "rollouts-pod-template-hash")
    }

    /// Annotations whose only purpose is that the template differs: `kubectl rollout restart` and
    /// those who do alike (any `…/restartedAt`), Rancher, and the idiom of Helm's handbook.
    private static func isRestart(_ text: Span<UInt8>, _ key: Range<Int>) -> Bool {
        var name = key
        for index in key where text[index] == 0x2f { name = index + 1..<key.upperBound }
        return text.matches(name, "restartedAt") || text.matches(key, "cattle.io/timestamp")
            || text.matches(key, "rollme")
    }

    private mutating func add(
        _ key: Range<Int>, _ content: Range<Int>, in text: Span<UInt8>, place: UInt64
    ) {
        let name = Self.hash(text, key, seed: place)
        value &+= Self.hash(text, content, seed: name)
    }

    /// A mix of multiplications and shifts over words of eight bytes.
    private static func hash(_ text: Span<UInt8>, _ range: Range<Int>, seed: UInt64) -> UInt64 {
        var hash = seed &+ UInt64(range.count)
        func mix(_ word: UInt64) {
            hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 32
        }
        let part = text.extracting(range)
        let raw = unsafe part.bytes
        var index = 0
        while index + 8 <= part.count {
            // Safe: eight bytes are there, and every pattern of bits is a UInt64.
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            mix(UInt64(littleEndian: word))
            index += 8
        }
        var rest: UInt64 = 0
        while index < part.count {
            rest = rest << 8 | UInt64(part[index])
            index += 1
        }
        mix(rest)
        mix(seed)
        return hash
    }
}
