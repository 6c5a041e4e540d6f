// Judges latency by how many good responses were slower than bounds learned from the histogram's
// own buckets. It never interpolates, and failed fast responses do not count.

import RealModule

/// Latency exceedances L50, L90, L99 of one service (detection design 5.3).
package struct LatencyJudge: Sendable {
    package internal(set) var judge: SignalJudge
    /// The bucket bounds in use, seconds or milliseconds as the histogram has them, ascending.
    package private(set) var bounds: [Double]
    /// The bounds are those of an earlier life.
    let isRestored: Bool
    private var histogram: [RequestWindow.Bucket] = []
    private var windows = 0
    /// None of the bounds occurred in the last window, and clean windows in a row without any.
    private var isMissing = false
    private var missing = 0

    /// Clean windows without any of the bounds after which they are looked for anew.
    static let patience = 20

    /// Why nothing can be said of durations although some are counted.
    var blind: String? { isMissing ? "the histogram has other buckets now" : nil }

    /// The quantiles whose buckets are watched.
    static let quantiles = [0.5, 0.9, 0.99]

    package init(
        service: ServiceRef, bounds: [Double] = [], tracks: [RatioTrack] = [],
        calibration: TailCalibration = TailCalibration()
    ) {
        self.bounds = bounds
        isRestored = !bounds.isEmpty
        judge = SignalJudge(
            service: service, signal: .latency, tracks: tracks, calibration: calibration)
    }

    mutating func refresh(_ settings: JudgeSettings) { judge.refresh(settings) }

    /// Adds one window of cumulative buckets of good responses; see `SignalJudge.observe`.
    mutating func observe(
        _ window: RequestWindow, clean: Bool, alarmNats: Double, settings: JudgeSettings,
        instants: SignalJudge.Instants
    ) -> SignalJudge.Change {
        guard window.blind == nil, window.latencyBlind == nil else {
            judge.skip()
            return .none
        }
        guard let total = window.latency.last?.count, total > 0 else { return .none }
        noteBounds(of: window, clean: clean)
        if isMissing {
            judge.skip()
            return .none
        }
        if bounds.isEmpty {
            if clean { study(window, settings: settings) }
            return .none
        }
        var counts: [SignalJudge.Count] = []
        for bound in bounds {
            // A histogram without this bound says nothing about it.
            let below = window.latency.first { $0.bound == bound }?.count
            // Sums of fractional counts may differ by rounding.
            counts.append(
                .init(total: below == nil ? 0 : total, bad: max(0, total - (below ?? total))))
        }
        return judge.observe(
            counts, window: window.index, clean: clean, alarmNats: alarmNats, settings: settings,
            instants: instants)
    }

    /// Forgets bounds that occur no more, e.g. since an update of the proxies. Not while an anomaly
    /// is under way: that it can be measured no longer does not end it.
    private mutating func noteBounds(of window: RequestWindow, clean: Bool) {
        isMissing =
            !bounds.isEmpty
            && !window.latency.contains { bounds.contains($0.bound) && $0.bound.isFinite }
        if !isMissing { missing = 0 } else if clean { missing += 1 }
        guard missing >= Self.patience, judge.open == nil else { return }
        self = LatencyJudge(service: judge.service)
    }

    /// Collects the distribution until it is known well enough, then fixes the bounds: per quantile
    /// the smallest bucket bound that holds it, unless almost nothing or most responses lie above.
    private mutating func study(_ window: RequestWindow, settings: JudgeSettings) {
        windows += 1
        if histogram.map(\.bound) == window.latency.map(\.bound) {
            for index in histogram.indices { histogram[index].count += window.latency[index].count }
        } else {
            histogram = window.latency
        }
        guard windows >= max(settings.warmUp.windows / 2, 5), let total = histogram.last?.count,
            total >= min(200, settings.warmUp.requests)
        else { return }
        bounds = Self.bounds(of: histogram)
        judge = SignalJudge(
            service: judge.service, signal: .latency,
            tracks: bounds.map { _ in RatioTrack(.exceedances) })
        histogram = []
        windows = 0
    }

    /// The bounds to watch in a cumulative histogram.
    static func bounds(of histogram: [RequestWindow.Bucket]) -> [Double] {
        guard let total = histogram.last?.count, total > 0 else { return [] }
        var bounds: [Double] = []
        for quantile in quantiles {
            guard let bucket = histogram.first(where: { $0.count >= quantile * total })
            else { continue }
            let above = 1 - bucket.count / total
            guard above >= 1e-4, above <= 0.7, bucket.bound.isFinite, !bounds.contains(bucket.bound)
            else { continue }
            bounds.append(bucket.bound)
        }
        // Nearly all responses in the lowest buckets: anything beyond them is new.
        if bounds.isEmpty, let bucket = histogram.first(where: { $0.count >= 0.999 * total }),
            bucket.bound.isFinite
        {
            bounds = [bucket.bound]
        }
        return bounds
    }
}
