// Judges a gauge (CPU, memory, queue length, any number) against its own past, without a model of
// its distribution. Slow by nature: evidence, not a pager.

import RealModule

/// Conformal e-detector for gauges (detection design 5.4).
///
/// Values, less what repeats by hour (`Season`, once there are two days of it), become residuals
/// from the median in units of the median absolute deviation, residuals become innovations of a
/// robust AR(1), innovations become conformal p-values against the calibration values, p-values
/// become e-values, and those feed a CUSUM. A second CUSUM does the same with the means of blocks
/// that are long against the correlation time, for levels that last.
package struct GaugeJudge: Sendable {
    /// What one value changed.
    package enum Change: Sendable, Hashable {
        case none
        /// Values since `since` do not fit the past.
        case alarmed(since: Timestamp)
        /// They fit again since `since`.
        case recovered(since: Timestamp)
        /// The new level lasted so long that it is the normal one now.
        case accepted(since: Timestamp)
    }

    /// Median of the calibration values without their season; nil during warm-up.
    package private(set) var center: Double?
    package private(set) var scale = 1.0
    private var phi = 0.0
    /// The newest value's conformal p-value, of itself or of the level it ended; nil during
    /// warm-up.
    package private(set) var surprise: Double?
    /// Whether an alarm has not ended.
    package private(set) var isAnomalous = false
    private var values: [Value] = []
    private var place = 0
    private var season = Season(.plain)
    private var sizes: [Double] = []
    /// Sizes of block means, and how many values make a block: neighbours depend on each other,
    /// blocks of three times the correlation time hardly do.
    private var levels: [Double] = []
    private var block = 1
    private var pending: [Double] = []
    private var lastLevel = 1.0
    private var sudden = Run()
    private var lasting = Run()
    private var sinceFit = 0
    private var previous: Double?
    private var onset: Timestamp?
    private var calm: (since: Timestamp, count: Int)?
    private var strange: [Value] = []
    private var random: RandomStream
    private let threshold: Double
    private let warmUp: Int

    private struct Value: Sendable {
        var value: Double
        var time: Double
    }

    /// Half-life of the season, seconds.
    private static let halfLife = 7 * 86_400.0
    /// Values further than this from the median, in scales, count as this far in the season.
    private static let clipAt = 5.0
    /// Values kept for calibration.
    package static let memory = 2880
    private static let refitEvery = 60
    private static let calmToRecover = 10
    /// Anomalous values after which the new level is taken for normal.
    private static let acceptAfter = 1440

    /// `threshold`: nats to alarm at, ln A. `warmUp`: values learned first, at least 60.
    package init(threshold: Double, warmUp: Int = 120, seed: UInt64 = 1) {
        self.threshold = threshold
        self.warmUp = max(warmUp, 60)
        random = RandomStream(seed: seed)
    }

    /// Adds one value; NaN and infinities are skipped.
    package mutating func observe(_ value: Double, at time: Timestamp) -> Change {
        guard value.isFinite else { return .none }
        // Before it is known, the hours themselves look strange, and must be learned all the same.
        if !season.isUsed || (!isAnomalous && evidence < 3) { learnSeason(value, time.seconds) }
        guard let center else {
            remember(value, time)
            if values.count >= warmUp { fit() }
            return .none
        }
        let residual = (value - offset(time.seconds) - center) / scale
        let innovation = residual - phi * (previous ?? residual)
        previous = residual
        let p = conformal(abs(innovation), among: sizes)
        step(&sudden, Self.logBet(p), time)
        if block > 1 {
            pending.append(residual)
            if pending.count >= block {
                let level = abs(Self.mean(pending[...]))
                pending.removeAll(keepingCapacity: true)
                lastLevel = conformal(level, among: levels)
                step(&lasting, Self.logBet(lastLevel), time)
            }
        }
        surprise = min(p, lastLevel)
        if isAnomalous { return follow(value, min(p, lastLevel), time) }
        if evidence >= threshold {
            isAnomalous = true
            onset = (sudden.nats >= lasting.nats ? sudden : lasting).since ?? time
            calm = nil
            strange = []
            return .alarmed(since: onset ?? time)
        }
        if evidence < 3 { remember(value, time) }
        sinceFit += 1
        if sinceFit >= Self.refitEvery { fit() }
        return .none
    }

    /// Evidence of one CUSUM and when it began to grow.
    private struct Run: Sendable {
        var nats = 0.0
        var since: Timestamp?
    }

    private func step(_ run: inout Run, _ gain: Double, _ time: Timestamp) {
        if run.nats <= 0 { run.since = time }
        run.nats = max(0, run.nats + gain)
        if run.nats == 0 { run.since = nil }
    }

    /// Evidence, nats: of sudden values and of a lasting level, averaged as e-detectors.
    package var evidence: Double {
        if block <= 1 { return sudden.nats }
        let top = max(sudden.nats, lasting.nats)
        return top + .log((.exp(sudden.nats - top) + .exp(lasting.nats - top)) / 2)
    }

    /// ln of the mixture of power bets e(p) = (1 - p + p ln p) / (p ln² p) (Vovk, Wang and Ramdas,
    /// arXiv:2102.10439), 1/2 at p = 1.
    package static func logBet(_ p: Double) -> Double {
        let bounded = min(max(p, 1e-15), 1)
        if bounded > 0.999 { return .log(0.5) }
        let logarithm = Double.log(bounded)
        return .log((1 - bounded + bounded * logarithm) / (bounded * logarithm * logarithm))
    }

    /// Randomised conformal p-value of `size` among sorted calibration sizes.
    private mutating func conformal(_ size: Double, among sorted: [Double]) -> Double {
        let above = Double(sorted.count - below(size, in: sorted))
        return min(1, (above + random.unit()) / Double(sorted.count + 1) + 1e-12)
    }

    /// Elements of a sorted array that are below `value`.
    private func below(_ value: Double, in sorted: [Double]) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What the season adds at `time`, seconds since the epoch.
    private func offset(_ time: Double) -> Double { season.shape(at: time)?.value ?? 0 }

    private mutating func learnSeason(_ value: Double, _ seconds: Double) {
        var clipped = value
        if let center {
            let middle = center + offset(seconds)
            clipped = min(max(value, middle - Self.clipAt * scale), middle + Self.clipAt * scale)
        }
        season.add(weight: 1, sum: clipped, at: seconds, halfLife: Self.halfLife)
    }

    private mutating func remember(_ value: Double, _ time: Timestamp) {
        let seconds = time.seconds
        if values.count < Self.memory {
            values.append(Value(value: value, time: seconds))
        } else {
            values[place] = Value(value: value, time: seconds)
            place = (place + 1) % Self.memory
        }
    }

    /// Refits median, scale and AR(1) coefficient, and sorts the calibration sizes.
    private mutating func fit() {
        sinceFit = 0
        let ordered = (values[place...] + values[..<place]).map { $0.value - offset($0.time) }
        let middle = Self.median(ordered)
        let spread = Self.median(ordered.map { abs($0 - middle) })
        let unit = max(1.4826 * spread + 0.01 * abs(middle), 1e-9)
        let residuals = ordered.map { ($0 - middle) / unit }
        // A robust AR(1): the median of the slopes between neighbours, weighted away from zero.
        var products = 0.0
        var squares = 0.0
        for index in residuals.indices.dropFirst() {
            let before = max(-3, min(3, residuals[index - 1]))
            products += before * max(-3, min(3, residuals[index]))
            squares += before * before
        }
        phi = squares > 0 ? max(0, min(0.99, products / squares)) : 0
        center = middle
        scale = unit
        var innovations: [Double] = []
        for index in residuals.indices.dropFirst() {
            innovations.append(abs(residuals[index] - phi * residuals[index - 1]))
        }
        sizes = innovations.sorted()
        let length = phi < 0.2 ? 1 : min(120, Int((3 / (1 - phi)).rounded(.up)))
        if length != block { pending.removeAll(keepingCapacity: true) }
        block = length
        levels = stride(from: 0, through: residuals.count - block, by: block)
            .map { abs(Self.mean(residuals[$0..<($0 + block)])) }.sorted()
    }

    private static func mean(_ values: ArraySlice<Double>) -> Double {
        values.reduce(0, +) / Double(max(values.count, 1))
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private mutating func follow(_ value: Double, _ p: Double, _ time: Timestamp) -> Change {
        if p > 0.05 {
            let count = (calm?.count ?? 0) + 1
            let since = calm?.since ?? time
            calm = (since, count)
            if count >= Self.calmToRecover {
                end()
                return .recovered(since: since)
            }
            return .none
        }
        calm = nil
        strange.append(Value(value: value, time: time.seconds))
        guard strange.count >= Self.acceptAfter else { return .none }
        let since = onset ?? time
        values = strange
        place = 0
        end()
        fit()
        return .accepted(since: since)
    }

    private mutating func end() {
        isAnomalous = false
        sudden = Run()
        lasting = Run()
        lastLevel = 1
        pending = []
        onset = nil
        calm = nil
        strange = []
        previous = nil
    }
}
