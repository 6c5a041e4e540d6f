// Which labels of a stored series belong to its target, and who the target is. Prometheus merges
// the two sets; the `up` series of a target holds exactly its own labels, so they can be told
// apart.

import Core
import Engine

/// The targets that a server scrapes, learned from their `up` series.
struct PrometheusTargets: Sendable {
    /// One target.
    struct Target: Sendable {
        var labels: [String: String]
        var reporter: String
        /// The newest sample of `up`, whatever its value: when it was last tried.
        var lastAttempt: Timestamp
        /// The newest sample of `up` that is 1.
        var lastScrape: Timestamp?
        var startedAt: Timestamp?
        /// Some series of the answer came from it.
        var reports = false
    }

    /// Metrics that name the start of the process; the agent's own stands for Istio's proxy.
    static let startMetrics = [
        "process_start_time_seconds", "istio_agent_process_start_time_seconds",
    ]
    static let query = (["up"] + startMetrics).joined(separator: "|")

    private(set) var targets: [Target] = []
    private var byAddress: [[String]: [Int]] = [:]

    /// Labels that targets usually have, for series whose target has no `up`.
    private static let usual: Set<String> = [
        "job", "instance", "namespace", "pod", "node", "container", "endpoint", "service",
        "cluster", "prometheus", "prometheus_replica", "replica",
    ]

    init(_ answer: PrometheusAnswer) {
        for series in answer.series where series.labels["__name__"] == "up" {
            guard let last = series.samples.last else { continue }
            var labels = series.labels
            labels["__name__"] = nil
            byAddress[Self.address(labels), default: []].append(targets.count)
            targets.append(
                Target(
                    labels: labels, reporter: Self.reporter(labels), lastAttempt: last.time,
                    lastScrape: series.samples.last { $0.value == 1 }?.time))
        }
        // The preferred metric comes last and wins.
        for metric in Self.startMetrics {
            for series in answer.series where series.labels["__name__"] == metric {
                guard let at = index(of: series.labels), let last = series.samples.last else {
                    continue
                }
                targets[at].startedAt = Timestamp(seconds: last.value)
            }
        }
    }

    /// The series with its own labels alone and its reporter's name.
    mutating func split(_ series: PrometheusAnswer.Series) -> SampleSeries {
        let metric = series.labels["__name__"] ?? ""
        let at = index(of: series.labels)
        if let at { targets[at].reports = true }
        let target = at.map { targets[$0].labels }
        var pairs: [Labels.Pair] = []
        pairs.reserveCapacity(series.labels.count)
        for (name, value) in series.labels where name != "__name__" {
            if let target {
                if target[name] == value { continue }
            } else if Self.usual.contains(name) {
                continue
            }
            // A label of the metric that clashed with one of the target was renamed by the server.
            var own = name
            if name.hasPrefix("exported_") {
                let rest = String(name.dropFirst("exported_".count))
                if target?[rest] != nil || target == nil && Self.usual.contains(rest) { own = rest }
            }
            pairs.append(Labels.Pair(own, CanonicalLabel.value(own, value)))
        }
        return SampleSeries(
            metric: metric, labels: Labels(pairs),
            reporter: at.map { targets[$0].reporter } ?? Self.reporter(series.labels),
            samples: series.samples)
    }

    /// One entry for each reporter that is still scraped: its `up` goes on, with 0 or 1. A target
    /// that was not even tried for two and a half intervals is gone. Of several targets with one
    /// name (ports of a pod) those count that report what was asked for.
    func reporters(interval: Duration) -> [Reading.Reporter] {
        var out: [String: [Target]] = [:]
        let newest = targets.map(\.lastAttempt).max() ?? Timestamp(nanoseconds: 0)
        let oldest = newest - interval * 2 - interval / 2
        for target in targets where target.lastAttempt >= oldest {
            out[target.reporter, default: []].append(target)
        }
        return out.keys.sorted().map { name in
            let all = out[name] ?? []
            let reporting = all.filter(\.reports)
            let chosen = reporting.isEmpty ? all : reporting
            return Reading.Reporter(
                name: name, lastScrape: chosen.compactMap(\.lastScrape).max(),
                startedAt: chosen.compactMap(\.startedAt).max())
        }
    }

    /// The target whose labels are all among `labels`; of several the one with most labels.
    private func index(of labels: [String: String]) -> Int? {
        (byAddress[Self.address(labels)] ?? []).filter { at in
            targets[at].labels.allSatisfy { labels[$0.key] == $0.value }
        }.max { targets[$0].labels.count < targets[$1].labels.count }
    }

    private static func address(_ labels: [String: String]) -> [String] {
        [labels["job"] ?? "", labels["instance"] ?? ""]
    }

    private static func reporter(_ labels: [String: String]) -> String {
        if let namespace = labels["namespace"], let pod = labels["pod"] {
            return "\(namespace)/\(pod)"
        }
        return labels["instance"] ?? labels["job"] ?? ""
    }
}
