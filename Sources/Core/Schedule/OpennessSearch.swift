// Whether a schedule's windows and dates allow rounds at an instant, and when they next will. What
// local clocks show decides, so an hour that is skipped is never open and one that is repeated is
// open twice.

extension Schedule {
    /// Whether rounds may happen at `instant`. The part of a window after midnight belongs to the
    /// day it began on; a date in `exceptDates` closes both itself and what began on it.
    package func isOpen(at instant: Timestamp) -> Openness {
        guard let reason = closedReason(at: instant) else { return .open }
        guard let next = nextOpen(after: instant) else {
            return .closed(reason: reason + "; it never opens", nextOpen: nil)
        }
        let local = zone.civil(at: next)
        let date = CalendarDate(year: local.year, month: local.month, day: local.day)
        let clock = TimeWindow.clock(local.hour * 60 + local.minute)
        return .closed(reason: "\(reason); opens \(date.text) \(clock)", nextOpen: next)
    }

    /// Why rounds may not happen at `instant`; nil when they may.
    private func closedReason(at instant: Timestamp) -> String? {
        let local = zone.civil(at: instant)
        let day = local.daysSinceEpoch
        let minute = local.hour * 60 + local.minute
        if let date = excepted(day) { return "\(date.text) is in exceptDates, \(zone.name)" }
        if windows.isEmpty { return nil }
        var began: CalendarDate?
        for window in windows {
            if window.begins(on: day), minute >= window.from,
                window.crossesMidnight || minute < window.to
            {
                return nil
            }
            if window.crossesMidnight, window.begins(on: day - 1), minute < window.to {
                began = excepted(day - 1)
                if began == nil { return nil }
            }
        }
        if let began {
            return "the window began on \(began.text), which is in exceptDates, \(zone.name)"
        }
        return "outside windows \(windowsText) \(zone.name)"
    }

    private var windowsText: String {
        let shown = windows.prefix(5).map(\.text).joined(separator: ", ")
        return windows.count > 5 ? "\(shown) and \(windows.count - 5) more" : shown
    }

    private func excepted(_ day: Int) -> CalendarDate? {
        if exceptDates.isEmpty { return nil }
        let local = CivilTime(daysSinceEpoch: day)
        let date = CalendarDate(year: local.year, month: local.month, day: local.day)
        return exceptDates.contains(date) ? date : nil
    }

    /// The first instant after `instant`, itself closed, at which rounds may happen.
    private func nextOpen(after instant: Timestamp) -> Timestamp? {
        let today = zone.civil(at: instant).daysSinceEpoch
        // Each excepted date can take one more week from a window, and changes of the clocks two.
        let horizon = today + 7 * (exceptDates.count + 3)
        for day in today...horizon {
            let date = CivilTime(daysSinceEpoch: day)
            let found = openings(on: date).filter { $0 > instant && closedReason(at: $0) == nil }
            if let first = found.min() { return first }
        }
        return nil
    }

    /// The instants of a local day at which something may open: beginnings of windows, midnight
    /// (after an excepted date), changes of the clocks.
    private func openings(on date: CivilTime) -> [Timestamp] {
        let day = date.daysSinceEpoch
        let minutes = Set(windows.filter { $0.begins(on: day) }.map(\.from) + [0])
        var found = zone.transitions(on: date)
        for minute in minutes {
            var local = date
            local.hour = minute / 60
            local.minute = minute % 60
            found += zone.localToInstants(local)
        }
        return found
    }
}

extension TimeWindow {
    fileprivate var crossesMidnight: Bool { to <= from }

    fileprivate func begins(on day: Int) -> Bool {
        weekdays.contains(CivilTime(daysSinceEpoch: day).weekday)
    }
}
