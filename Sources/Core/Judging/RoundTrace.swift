// The course of the bad ratio around a round, window by window, in bounded memory.

import RealModule

/// The counts of some services from shortly before a round on.
struct RoundTrace: Sendable {
    /// One service's windows. `width` windows of the judge make one place.
    struct Course: Sendable {
        let first: Int64
        let mean: Double
        let upper: Double
        private(set) var width: Int64 = 1
        private(set) var requests: [Double] = []
        private(set) var bad: [Double] = []
        /// Blind windows per place.
        private var blindness: [Int64] = []

        init(first: Int64, mean: Double, upper: Double) {
            self.first = first
            self.mean = mean
            self.upper = upper
        }

        /// Adds one window; earlier than the first, or a second time, it is ignored.
        mutating func add(_ window: RequestWindow) {
            let (offset, overflow) = window.index.subtractingReportingOverflow(first)
            guard !overflow, offset >= 0 else { return }
            while offset / width >= RoundSeries.windowLimit { merge() }
            let place = Int(offset / width)
            while requests.count <= place {
                requests.append(0)
                bad.append(0)
                blindness.append(0)
            }
            if window.blind != nil {
                blindness[place] += 1
            } else if window.total.isFinite, window.bad.isFinite {
                requests[place] += window.total
                bad[place] += window.bad
            }
        }

        private mutating func merge() {
            width *= 2
            requests = Self.pairs(requests)
            bad = Self.pairs(bad)
            blindness = Self.pairs(blindness)
        }

        private static func pairs<Number: Numeric>(_ values: [Number]) -> [Number] {
            stride(from: 0, to: values.count, by: 2).map {
                $0 + 1 < values.count ? values[$0] + values[$0 + 1] : values[$0]
            }
        }

        /// Places with blind windows and not a single request.
        var blind: [Int] {
            blindness.indices.filter { blindness[$0] > 0 && requests[$0] == 0 }
        }

        var total: Double { requests.reduce(0, +) }
    }

    /// Services that are followed at most: those with the most traffic before the round.
    static let followed = 200
    /// Windows kept from before the beginning.
    static let lead = 8

    private(set) var courses: [ServiceRef: Course] = [:]

    init() {}

    /// Follows the busiest of `subjects`; `recent` gives the newest windows of a service, oldest
    /// first. `index` is the window that the round begins in.
    init(_ subjects: [RoundSubject], index: Int64, recent: (ServiceRef) -> [RequestWindow]) {
        let leads = subjects.map { subject in
            (subject, recent(subject.service).suffix(Self.lead))
        }
        let traffic = leads.map { $0.1.reduce(0) { $0 + $1.total } }
        let busiest = leads.indices.sorted {
            (traffic[$1], leads[$0].0.service) < (traffic[$0], leads[$1].0.service)
        }
        for place in busiest.prefix(Self.followed) {
            let (subject, lead) = leads[place]
            guard let channel = subject.channels.first else { continue }
            let first = max(lead.first?.index ?? index, index - Int64(Self.lead))
            var course = Course(first: first, mean: channel.mean, upper: channel.upper)
            for window in lead { course.add(window) }
            courses[subject.service] = course
        }
    }

    /// Adds one window of one service; services that are not followed are ignored.
    mutating func add(_ window: RequestWindow) { courses[window.service]?.add(window) }

    /// The courses for the journal, in order of services: at most `RoundSeries.limit`, those in
    /// `wanted` first, then the busiest.
    func series(interval: Duration, wanted: Set<ServiceRef>) -> [RoundSeries] {
        let ranked = courses.sorted { left, right in
            let (first, second) = (wanted.contains(left.key), wanted.contains(right.key))
            if first != second { return first }
            let (more, less) = (left.value.total, right.value.total)
            return more != less ? more > less : left.key < right.key
        }
        return ranked.prefix(RoundSeries.limit).sorted { $0.key < $1.key }.map { service, course in
            let (start, overflow) = course.first.multipliedReportingOverflow(
                by: interval.nanoseconds)
            return RoundSeries(
                service: service, start: Timestamp(nanoseconds: overflow ? 0 : start),
                window: interval.inSeconds * Double(course.width),
                requests: course.requests.map(Self.short), bad: course.bad.map(Self.short),
                blind: course.blind, mean: course.mean, upper: course.upper)
        }
    }

    /// Counts are whole, or split over windows: three decimals keep rows of the journal short.
    private static func short(_ count: Double) -> Double { (count * 1000).rounded() / 1000 }
}
