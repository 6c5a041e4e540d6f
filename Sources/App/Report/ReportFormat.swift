// Figures and instants as a report writes them. Nothing here can trap, whatever was measured.

import Core

enum ReportFormat {
    /// `0.42 %`; a dash when nothing is known.
    static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite, abs(share) < 1e9 else { return "–" }
        return Wording.percent(share)
    }

    /// With a sign: `+3.2 %`.
    static func signed(_ share: Double?) -> String {
        guard let share, share.isFinite else { return "–" }
        return (share > 0 ? "+" : "") + percent(share)
    }

    static func count(_ number: Double) -> String { Wording.count(number) }

    /// `0.0001`, `0.03`, `0.41`: two significant digits.
    static func probability(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        if value >= 0.995 { return "1" }
        return value < 1e-4 ? "below 0.0001" : Wording.decimal(value, value < 0.01 ? 4 : 2)
    }

    /// `8.5s`, `1m10s`, `2h`; a dash when nothing is known.
    static func duration(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite, abs(seconds) < 9e9 else { return "–" }
        let step = abs(seconds) < 10 ? 10.0 : 1
        return Duration.inSeconds((seconds * step).rounded() / step).human
    }

    /// How long ago, in one unit: `3 min`, `5 h`, `12 d`.
    static func age(_ then: Timestamp, now: Timestamp) -> String {
        let seconds = max(0, (now - then).inSeconds)
        let (amount, unit) =
            seconds < 90
            ? (seconds, "s")
            : seconds < 5400
                ? (seconds / 60, "min")
                : seconds < 129_600 ? (seconds / 3600, "h") : (seconds / 86_400, "d")
        return "\(Wording.count(amount)) \(unit)"
    }

    /// `2026-11-21 11:25:24`, in UTC.
    static func instant(_ time: Timestamp) -> String {
        String(time.rfc3339.prefix(19)).replacing("T", with: " ")
    }

    /// The time of day alone when the whole picture spans less than a day.
    static func tick(_ time: Timestamp, span: Double) -> String {
        let text = instant(time)
        if span < 86_400 { return String(text.suffix(8)) }
        return String(text.dropFirst(5).dropLast(3))
    }
}
