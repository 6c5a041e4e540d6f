// The Date header of an answer: what the server's clock said.

import Core

enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The instant of `Sat, 21 Nov 2026 11:31:06 GMT` (IMF-fixdate, RFC 9110 section 5.6.7); nil
    /// for anything else.
    static func instant(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[0].hasSuffix(","), words[1].count == 2,
            words[3].count == 4, let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let number = String(month + 1)
        let padded = number.count < 2 ? "0" + number : number
        return Timestamp(rfc3339: "\(words[3])-\(padded)-\(words[1])T\(words[4])Z")
    }

    /// How far the clock that wrote `text` is ahead of ours, when it wrote it between two instants
    /// of ours; negative when it is behind. Nil when there is no date, or when the difference may
    /// be due to the time the answer took or to whole seconds.
    static func skew(_ text: String?, asked: Timestamp, answered: Timestamp) -> Duration? {
        guard let text, let written = instant(text) else { return nil }
        // It was written some time in [written, written + 1 s) of its own clock.
        if written + .seconds(1) < asked { return written + .seconds(1) - asked }
        if written > answered { return written - answered }
        return nil
    }
}
