// One sample of an exposition as places in the bytes it was read from; nothing is copied.

package import Core

/// Where the parts of one sample stand. Offsets are into the span that was parsed.
package struct ExpositionSample: Sendable, Hashable {
    /// 1-based.
    package var line: Int
    /// The name's bytes, without quotes.
    package var name: Range<Int>
    /// Name and labels as written: equal bytes mean the same series.
    package var series: Range<Int>
    package var value: Double
    /// The exposed timestamp, to the millisecond; nil when there is none.
    package var time: Timestamp?
    /// The exemplar with its `#`, checked but not taken apart; nil when there is none.
    package var exemplar: Range<Int>?
}

/// Where one label of the current sample stands; both ranges are without quotes.
package struct ExpositionLabel: Sendable, Hashable {
    package var name: Range<Int>
    package var value: Range<Int>
    /// The name or the value has a backslash in it.
    package var escaped: Bool
}

extension ExpositionLabel {
    /// The name and value as text; nil when they are not UTF-8.
    package func text(in body: Span<UInt8>) -> (name: String, value: String)? {
        guard let name = ExpositionText.string(body, name, escaped: escaped),
            let value = ExpositionText.string(body, value, escaped: escaped)
        else { return nil }
        return (name, value)
    }
}

/// Bytes of names and label values as text.
enum ExpositionText {
    /// The text of `range`; nil when it is not UTF-8. Of the escapes only `\\`, `\"` and `\n` mean
    /// something; any other backslash stands for itself.
    static func string(_ body: Span<UInt8>, _ range: Range<Int>, escaped: Bool) -> String? {
        guard escaped else {
            guard let text = try? UTF8Span(validating: body.extracting(range)) else { return nil }
            return String(copying: text)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        var at = range.lowerBound
        while at < range.upperBound {
            let byte = body[at]
            at += 1
            guard byte == 0x5c, at < range.upperBound else {
                bytes.append(byte)
                continue
            }
            switch body[at] {
            case 0x5c, 0x22:
                bytes.append(body[at])
                at += 1
            case 0x6e:
                bytes.append(0x0a)
                at += 1
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
