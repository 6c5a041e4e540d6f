// Counters of proxies that a bench raises, and readings of them as a metrics source would give:
// what goes through the ledger and the windows, not only the detector, is measured with it.

/// Istio counters of some reporters, as raw cumulative samples.
package struct RawMesh: Sendable {
    /// What came of a request or a connection.
    package enum Outcome: Int, Sendable, Hashable, CaseIterable {
        case good, error, unreachable, late, abandoned, opened, failed

        var metric: String {
            switch self {
            case .good, .error, .unreachable, .late, .abandoned: "istio_requests_total"
            case .opened: "istio_tcp_connections_opened_total"
            case .failed: "istio_tcp_connections_failed_total"
            }
        }

        /// `response_code`, `response_flags` (telemetry facts 1.2).
        var labels: (code: String, flags: String) {
            switch self {
            case .good: ("200", "-")
            case .error: ("500", "-")
            case .unreachable: ("503", "UH")
            case .late: ("504", "UT")
            case .abandoned: ("0", "DC")
            case .opened: ("", "-")
            case .failed: ("", "UF")
            }
        }

        /// Whether the reporter knew who answered.
        var isAnswered: Bool { self == .good || self == .error || self == .opened }
    }

    private struct Key: Hashable, Sendable {
        var reporter: String
        var caller: String
        var service: String
        var outcome: Outcome
    }

    private struct Counter: Sendable {
        let key: Key
        let metric: String
        let labels: Labels
        let reporter: String
        var value: Double
    }

    /// All services and workloads are in one namespace.
    package static let namespace = "bench"

    package private(set) var now: Timestamp
    private let interval: Duration
    private var counters: [Counter] = []
    private var places: [Key: Int] = [:]
    private var reporters: [String] = []
    private var lastScrape: [String: Timestamp] = [:]

    package init(interval: Duration = .seconds(15), start: Double = 1_800_000_003) {
        self.interval = interval
        now = Timestamp(seconds: start)
    }

    /// The service of that number as the judge names it.
    package static func service(_ name: String) -> ServiceRef {
        ServiceRef(namespace: namespace, name: name)
    }

    /// A reporter that is scraped from now on.
    package mutating func add(reporter: String) {
        if !reporters.contains(reporter) { reporters.append(reporter) }
    }

    /// Raises a counter; a series appears with its first count, as Istio's do.
    package mutating func count(
        _ amount: Double, _ outcome: Outcome, by reporter: String, from caller: String,
        to service: String
    ) {
        if amount <= 0 { return }
        let key = Key(reporter: reporter, caller: caller, service: service, outcome: outcome)
        if let at = places[key] {
            counters[at].value += amount
            return
        }
        let (code, flags) = outcome.labels
        let labels = Labels([
            "reporter": "source", "source_workload": caller,
            "source_workload_namespace": Self.namespace,
            "destination_service": "\(service).\(Self.namespace).svc.cluster.local",
            "destination_workload": outcome.isAnswered ? service : "unknown",
            "response_code": code, "response_flags": flags,
        ])
        places[key] = counters.count
        counters.append(
            Counter(
                key: key, metric: outcome.metric, labels: labels, reporter: reporter, value: amount)
        )
    }

    /// The process of a reporter starts anew: its counters are gone, and nobody says so.
    package mutating func restart(_ reporter: String) {
        counters.removeAll { $0.reporter == reporter }
        places.removeAll()
        for (at, counter) in counters.enumerated() { places[counter.key] = at }
    }

    /// Passes one interval and scrapes everybody but `missed`, each late by up to `jitter` of an
    /// interval, a function of `random`.
    package mutating func scrape(
        missing missed: Set<String> = [], jitter: Double = 0, random: inout RandomStream
    ) -> Reading {
        now += interval
        var times: [String: Timestamp] = [:]
        for name in reporters where !missed.contains(name) {
            let late = jitter > 0 ? jitter * random.unit() * interval.inSeconds : 0
            times[name] = now - .inSeconds(late)
            lastScrape[name] = times[name]
        }
        var series: [SampleSeries] = []
        series.reserveCapacity(counters.count)
        for counter in counters {
            guard let time = times[counter.reporter] else { continue }
            series.append(
                SampleSeries(
                    metric: counter.metric, labels: counter.labels, reporter: counter.reporter,
                    samples: [Sample(time: time, value: counter.value)]))
        }
        return Reading(
            series: series,
            reporters: reporters.map { .init(name: $0, lastScrape: lastScrape[$0]) },
            completeUntil: now)
    }
}
