// What the first line of a recorded series says: which column is which, and of what kind the series
// is. Every mistake names the line and what to write instead.

/// The meaning of the columns.
struct RecordedHeader: Sendable {
    enum Kind: Sendable { case bad, good, gauge }

    let kind: Kind
    /// Sums since some start, not counts per row.
    let isCounter: Bool
    let separator: UInt8
    let columns: Int
    let time: Int
    let value: Int
    let total: Int?
    /// The name of the value's column.
    let name: String

    private static let badNames = ["bad", "errors", "error", "failed", "failures"]
    private static let goodNames = ["good", "ok", "success", "successes"]
    private static let totalNames = ["total", "requests", "count", "all"]
    private static let timeNames = ["timestamp", "time", "ts", "date"]
    private static let example =
        "write a header such as timestamp,bad,total or timestamp,queue_length"

    init(_ text: String, line: Int) throws(ConfigError) {
        func wrong(_ message: String, _ fix: String = Self.example) -> ConfigError {
            ConfigError(line: line, column: 1, message: message, fix: fix)
        }
        if text.unicodeScalars.contains(where: { $0 == "\u{fffd}" || $0 == "\0" }) {
            throw wrong("this is not UTF-8 text", "save it as UTF-8, e.g. with iconv -t UTF-8")
        }
        let bare = text.unicodeScalars.first == "\u{feff}" ? String(text.dropFirst()) : text
        // Spreadsheets of many countries write semicolons.
        let separator = [",", ";", "\t"].first { bare.contains($0) } ?? ","
        self.separator = separator.utf8.first ?? 44
        guard let names = RecordedFields.split(bare.lowercased(), separator: self.separator) else {
            throw wrong("a quote of the header is not closed")
        }
        guard let time = names.firstIndex(where: { Self.timeNames.contains($0) }) else {
            let isData = names.allSatisfy { RecordedFields.time($0) != nil }
            throw wrong(
                isData
                    ? "the first line holds data and no names"
                    : "no column for the time in \"\(bare.prefix(200))\"")
        }
        let rest = names.indices.filter { $0 != time }
        func find(_ wanted: [String]) throws(ConfigError) -> Int? {
            let found = rest.filter { wanted.contains(Self.stem(names[$0])) }
            if found.count > 1 {
                throw wrong(
                    "the columns \(found.map { names[$0] }.joined(separator: " and ")) mean the "
                        + "same", "keep one of them")
            }
            return found.first
        }
        let total = try find(Self.totalNames)
        let bad = try find(Self.badNames)
        let good = try find(Self.goodNames)
        if let value = bad ?? good {
            guard let total else {
                throw wrong("\"\(names[value])\" needs a column total beside it")
            }
            kind = bad != nil ? .bad : .good
            isCounter = Self.isCounter(names[value])
            if isCounter != Self.isCounter(names[total]), names[total] != "total" {
                throw wrong(
                    "\"\(names[value])\" and \"\(names[total])\" must both be counters, with names "
                        + "in _total, or both be counts per row")
            }
            self.value = value
            self.total = total
        } else if rest.count == 1 {
            kind = .gauge
            isCounter = false
            value = rest[0]
            self.total = nil
        } else {
            throw wrong("cannot tell what the columns of \"\(bare.prefix(200))\" mean")
        }
        self.time = time
        columns = names.count
        name = names[value]
    }

    private static func isCounter(_ name: String) -> Bool { name.hasSuffix("_total") }

    /// A name without the suffix of counters; `total` alone stays.
    private static func stem(_ name: String) -> String {
        isCounter(name) ? String(name.dropLast(6)) : name
    }
}
