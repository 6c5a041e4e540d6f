// Texts as the API server wants them: times with microseconds, strings bounded in bytes.

import Core

extension Timestamp {
    /// RFC 3339 in UTC with six fractional digits: the form `metav1.MicroTime` has.
    var rfc3339Micro: String {
        let civil = CivilTime(self)
        return rfc3339Seconds.dropLast() + "." + padded(civil.nanosecond / 1000, 6) + "Z"
    }
}

extension String {
    /// The longest beginning that has at most `limit` bytes and splits no character.
    func cut(toBytes limit: Int) -> String {
        if utf8.count <= limit { return self }
        var text = ""
        var count = 0
        for character in self {
            count += character.utf8.count
            if count > limit { break }
            text.append(character)
        }
        return text
    }
}
