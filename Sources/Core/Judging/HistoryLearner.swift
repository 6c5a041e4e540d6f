// Makes baselines from what a metrics server remembers, so that a first start is a warm one. It
// leaves out the times of known strikes and what is plainly anomalous.

import RealModule

/// One stretch of a metrics server's memory.
package struct HistoryPage: Sendable, Hashable {
    /// The distance of the samples.
    package var step: Duration
    /// Istio's counters by the labels that matter; a sample is the increase over the step that ends
    /// at its time.
    package var series: [SampleSeries]

    package init(step: Duration, series: [SampleSeries]) {
        self.step = step
        self.series = series
    }
}

/// Learns baselines from history (detection design 5.6, cold start). Steps are longer than the
/// judge's windows: overdispersion is that of the steps, which errs on the cautious side once the
/// live windows are smaller. Tail calibration and the level of traffic are left to live windows.
package struct HistoryLearner: Sendable {
    /// A time of known disturbance in a namespace.
    package struct Disturbance: Sendable, Hashable {
        package var namespace: String
        package var from: Timestamp
        package var to: Timestamp

        package init(namespace: String, from: Timestamp, to: Timestamp) {
            self.namespace = namespace
            self.from = from
            self.to = to
        }
    }

    private struct Step: Sendable {
        var total = 0.0
        var bad = 0.0
        /// Good responses up to each bound.
        var latency: [Double: Double] = [:]
    }

    private struct Place: Hashable, Sendable {
        let service: ServiceRef
        let side: RequestSeries.Side
    }

    private let settings: JudgeSettings
    private let disturbances: [Disturbance]
    private var past: [Place: [Timestamp: Step]] = [:]
    private var points = 0
    private var length = Duration.seconds(60)
    /// Numbers held at most; older pages are not taken beyond that.
    private static let limit = 1_000_000

    package init(settings: JudgeSettings, disturbances: [Disturbance]) {
        self.settings = settings
        self.disturbances = disturbances
    }

    /// Adds a page; to be called with the newest first. False when no more can be held.
    package mutating func add(_ page: HistoryPage) -> Bool {
        let benign = Set(settings.benignGRPC)
        length = page.step
        for series in page.series {
            guard let tag = RequestSeries(series, benign: benign) else { continue }
            let place = Place(service: tag.service, side: tag.side)
            for sample in series.samples where sample.value.isFinite && sample.value >= 0 {
                if isDisturbed(tag.service.namespace, sample.time, page.step) { continue }
                points += 1
                add(sample, tag, to: &past[place, default: [:]][sample.time, default: Step()])
            }
        }
        return points < Self.limit
    }

    private func add(_ sample: Sample, _ tag: RequestSeries, to step: inout Step) {
        switch tag.kind {
        case .requests where tag.outcome == .good: step.total += sample.value
        case .requests where tag.outcome == .bad:
            step.total += sample.value
            step.bad += sample.value
        case .duration(let bound) where tag.isDuration:
            step.latency[bound, default: 0] += sample.value
        default: break
        }
    }

    private func isDisturbed(_ namespace: String, _ end: Timestamp, _ step: Duration) -> Bool {
        disturbances.contains {
            $0.namespace == namespace && $0.from < end && end - step < $0.to
        }
    }

    /// What was learned of each service, in order; services without responses are absent.
    package var entries: [JudgeSketch.Entry] {
        let services = Set(past.keys.map(\.service)).sorted()
        return services.compactMap { service in
            let client = past[Place(service: service, side: .client)] ?? [:]
            let server = past[Place(service: service, side: .server)] ?? [:]
            // As live: the callers' count wins when there is one.
            let steps = client.values.contains { $0.total > 0 } ? client : server
            let ordered = steps.sorted { $0.key < $1.key }
            let counts = ordered.map { ($0.key, $0.value.total, $0.value.bad) }
            let errors = baseline(counts)
            guard errors.seen > 0 else { return nil }
            var signals = [
                JudgeSketch.SignalSketch(
                    signal: .badRatio, bounds: [], baselines: [errors],
                    calibration: TailCalibration())
            ]
            if let latency = latency(ordered) { signals.append(latency) }
            return JudgeSketch.Entry(service: service, signals: signals)
        }
    }

    private typealias Count = (time: Timestamp, total: Double, bad: Double)

    /// The baseline of fault-free steps, in order of time.
    private func baseline(_ counts: [Count]) -> Baseline {
        var learned = Baseline()
        var last: Timestamp?
        for count in ordinary(counts) {
            let age = last.map { (count.time - $0).inSeconds } ?? 0
            let decay = Double.exp2(-max(age, 0) / max(settings.halfLife.inSeconds, 1))
            learned.learn(
                total: count.total, bad: count.bad, seconds: length.inSeconds, decay: decay)
            last = count.time
        }
        return learned
    }

    /// Leaves out steps with traffic that are plainly anomalous, with the step on either side:
    /// more than 8 standard deviations above what the nine tenths with the lowest ratios say.
    private func ordinary(_ counts: [Count]) -> [Count] {
        let busy = counts.filter { $0.total > 0 }
        let byRatio = busy.sorted { $0.bad * $1.total < $1.bad * $0.total }
        var usual = Baseline()
        for count in byRatio.prefix(max(1, busy.count * 9 / 10)) {
            usual.learn(total: count.total, bad: count.bad, seconds: 0, decay: 1)
        }
        let strange = busy.indices.filter { at in
            busy[at].bad > 4
                && usual.residual(total: busy[at].total, bad: busy[at].bad) > Baseline.winsorAt
        }
        let left = Set(strange.flatMap { [$0 - 1, $0, $0 + 1] })
        return busy.indices.filter { !left.contains($0) }.map { busy[$0] }
    }

    /// The bounds that live windows would have chosen, and the exceedances of each.
    private func latency(
        _ steps: [(key: Timestamp, value: Step)]
    ) -> JudgeSketch.SignalSketch? {
        let timed = steps.filter { ($0.value.latency[.infinity] ?? 0) > 0 }
        guard let first = timed.first else { return nil }
        let common = timed.reduce(Set(first.value.latency.keys)) {
            $0.intersection($1.value.latency.keys)
        }
        var histogram = common.sorted().map { RequestWindow.Bucket(bound: $0, count: 0) }
        for step in timed {
            for at in histogram.indices {
                histogram[at].count += step.value.latency[histogram[at].bound] ?? 0
            }
        }
        let bounds = LatencyJudge.bounds(of: histogram)
        if bounds.isEmpty { return nil }
        let baselines = bounds.map { bound in
            baseline(
                timed.map { step in
                    let total = step.value.latency[.infinity] ?? 0
                    return (step.key, total, max(0, total - (step.value.latency[bound] ?? total)))
                })
        }
        return JudgeSketch.SignalSketch(
            signal: .latency, bounds: bounds, baselines: baselines, calibration: TailCalibration())
    }
}

extension JudgeSketch {
    /// What only history knows.
    package init(history: [Entry], settings: JudgeSettings) {
        self.init(
            services: history, shams: ShamCalibration(), causes: CauseScore(),
            online: OnlineTests(alpha: settings.roundAlpha))
    }

    /// This sketch with the services that only `history` knows, or all of those it knows when the
    /// sketch is `stale`.
    package func completed(by history: [Entry], stale: Bool) -> JudgeSketch {
        var found = self
        let kept = Set(stale ? [] : services.map(\.service))
        let fresh = history.filter { !kept.contains($0.service) }
        let replaced = Set(fresh.map(\.service))
        found.services = (services.filter { !replaced.contains($0.service) } + fresh)
            .sorted { $0.service < $1.service }
        return found
    }
}
