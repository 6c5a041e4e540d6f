// Series as a recorder would have written them, with a fault whose place is known.

import Core
import RealModule

/// What a made series holds.
struct RecordedLikeSeries {
    var rows: Int
    /// Rows with the fault; empty for a healthy series.
    var fault: Range<Int>
    var level = 0.05
    var seed: UInt64 = 7

    static let start = Timestamp(seconds: 1_795_000_000)
    static let interval = Duration.seconds(15)

    func time(_ row: Int) -> Timestamp { Self.start + Self.interval * row }

    /// Requests that rise and fall with the hours, failures in small bursts.
    private func counts() -> [(bad: Double, total: Double)] {
        var random = RandomStream(seed: seed)
        var mood = 0.0
        return (0..<rows).map { row in
            mood = 0.8 * mood + 0.3 * random.normal()
            let wave = 1 + 0.4 * Double(row % 960 - 480) / 960
            let total = random.poisson(150 * wave)
            let ratio = fault.contains(row) ? level : 0.001 * min(.exp(mood), 4)
            return (random.binomial(total, ratio), total)
        }
    }

    /// `timestamp,errors,requests`, counts per row.
    var plain: String {
        var text = "timestamp,errors,requests\n"
        for (row, count) in counts().enumerated() {
            text += "\(time(row).rfc3339),\(Int(count.bad)),\(Int(count.total))\n"
        }
        return text
    }

    /// The same as counters of a process that restarts at `reset`, scraped with jitter, as a
    /// spreadsheet on another system saves it; the rows of `gap` are missing.
    func counters(reset: Int, gap: Range<Int>) -> String {
        var random = RandomStream(seed: seed &+ 1)
        var sums = (bad: 0.0, total: 0.0)
        var text =
            "\u{feff}# exported\r\n\"Timestamp\",instance,Errors_Total,\"Requests_Total\"\r\n"
        for (row, count) in counts().enumerated() {
            if row == reset { sums = (0, 0) }
            sums = (sums.bad + count.bad, sums.total + count.total)
            if gap.contains(row) { continue }
            let at = time(row) + .milliseconds(random.below(400))
            text += "\"\(at.rfc3339)\",\"shop, eu-1\",\(Int(sums.bad)),\"\(Int(sums.total))\"\r\n"
        }
        return text
    }
}
