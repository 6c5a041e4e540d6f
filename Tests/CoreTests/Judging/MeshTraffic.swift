// A synthetic mesh: counters per proxy that tests raise, and readings of them as a source would
// give.

import Core

/// Counters of Istio proxies under the test's hand.
struct MeshTraffic {
    struct Series: Hashable {
        var metric: String
        var labels: Labels
        var pod: String
    }

    private(set) var counters: [Series: Double] = [:]
    var pods: [String]
    var now: Timestamp
    let interval: Duration
    /// Pods whose scrape fails.
    var unreachable: Set<String> = []
    var started: [String: Timestamp] = [:]
    private var lastScrape: [String: Timestamp] = [:]

    init(pods: [String], interval: Duration = .seconds(15), start: Double = 1_800_000_003) {
        self.pods = pods
        self.interval = interval
        now = Timestamp(seconds: start)
    }

    /// Raises a client-side request counter.
    mutating func send(
        _ count: Double, from pod: String, workload: String, to service: String,
        code: String = "200", flags: String = "-", namespace: String = "go-app",
        reporter: String = "source"
    ) {
        let failed = flags != "-" && code != "200"
        let labels = Labels([
            "reporter": reporter, "source_workload": workload,
            "source_workload_namespace": namespace,
            "destination_service": "\(service).\(namespace).svc.cluster.local",
            "destination_workload": failed ? "unknown" : service,
            "response_code": code, "response_flags": flags,
        ])
        counters[Series(metric: "istio_requests_total", labels: labels, pod: pod), default: 0] +=
            count
    }

    /// Counts good responses into a duration histogram, one count per bucket (not cumulative).
    mutating func answer(
        _ buckets: [(bound: Double, count: Double)], from pod: String, workload: String,
        to service: String, namespace: String = "go-app"
    ) {
        var cumulative = 0.0
        for (bound, count) in buckets {
            cumulative += count
            let labels = Labels([
                "reporter": "source", "source_workload": workload,
                "source_workload_namespace": namespace, "response_code": "200",
                "destination_service": "\(service).\(namespace).svc.cluster.local",
                "response_flags": "-", "le": bound.isFinite ? "\(bound)" : "+Inf",
            ])
            counters[
                Series(
                    metric: "istio_request_duration_milliseconds_bucket", labels: labels, pod: pod),
                default: 0] += cumulative
        }
    }

    /// Raises a TCP counter.
    mutating func connect(
        _ count: Double, from pod: String, workload: String, to service: String,
        metric: String = "istio_tcp_connections_opened_total", flags: String = "-",
        namespace: String = "go-app", reporter: String = "source"
    ) {
        let labels = Labels([
            "reporter": reporter, "source_workload": workload,
            "source_workload_namespace": namespace, "response_flags": flags,
            "destination_service": "\(service).\(namespace).svc.cluster.local",
        ])
        counters[Series(metric: metric, labels: labels, pod: pod), default: 0] += count
    }

    /// A pod is gone, with its counters.
    mutating func remove(_ pod: String) {
        pods.removeAll { $0 == pod }
        counters = counters.filter { $0.key.pod != pod }
        lastScrape[pod] = nil
    }

    /// Passes one interval and scrapes everyone.
    mutating func scrape(warnings: [String] = []) -> Reading {
        now += interval
        for pod in pods where !unreachable.contains(pod) { lastScrape[pod] = now }
        var series: [SampleSeries] = []
        for (key, value) in counters
        where pods.contains(key.pod) && !unreachable.contains(key.pod) {
            series.append(
                SampleSeries(
                    metric: key.metric, labels: key.labels, reporter: key.pod,
                    samples: [Sample(time: now, value: value)]))
        }
        return Reading(
            series: series,
            reporters: pods.map {
                .init(name: $0, lastScrape: lastScrape[$0], startedAt: started[$0])
            }, completeUntil: now, warnings: warnings)
    }
}
