// Everything that the metrics, the pages and the JSON API are computed from: one instant, as
// values.

package import Core

/// One instant of the daemon.
package struct MetricInput: Sendable {
    package var now: Timestamp
    package var state: State
    package var build: BuildInfo
    /// Sorted by service, then signal; each pair once.
    package private(set) var services: [ServiceStatus] = []
    /// `namespace`, `service` and `signal` of each of `services`, as `Counters.key` joins them.
    private(set) var serviceKeys: [String] = []
    /// Every known kind of fault: their counters exist before the first round.
    package var faultKinds: [String] = []
    /// The planned instant of the next round, by policy (`namespace/name`).
    package var nextRounds: [String: Timestamp] = [:]
    package var sources: [SourceHealth] = []
    package var endpoints: [EndpointCounters] = []
    package var limits: [BlastRadiusUse] = []
    package var configuration = ConfigurationHealth()
    package var journal = JournalHealth()
    package var process: ProcessUsage?
    /// Whether this instance leads (one that runs alone does).
    package var isLeader = true

    package init(
        now: Timestamp, state: State, build: BuildInfo, services: [ServiceStatus] = [],
        faultKinds: [String] = []
    ) {
        self.now = now
        self.state = state
        self.build = build
        self.faultKinds = faultKinds
        setServices(services)
    }

    /// Sorts, and keeps the last of any repeated service and signal.
    package mutating func setServices(_ list: [ServiceStatus]) {
        let sorted = list.sorted {
            $0.service != $1.service
                ? $0.service < $1.service : $0.signal.rawValue < $1.signal.rawValue
        }
        services = []
        services.reserveCapacity(sorted.count)
        for status in sorted {
            if let last = services.last, last.service == status.service,
                last.signal == status.signal
            {
                services.removeLast()
            }
            services.append(status)
        }
        serviceKeys = services.map {
            Counters.key($0.service.namespace, $0.service.name, $0.signal.rawValue)
        }
    }
}

/// Which build this is.
package struct BuildInfo: Sendable, Hashable {
    package var version: String
    package var commit: String
    package init(version: String, commit: String) {
        self.version = version
        self.commit = commit
    }
}

/// One metrics source that the daemon reads.
package struct SourceHealth: Sendable, Hashable {
    package var name: String
    /// The last reading worked.
    package var isUp: Bool
    /// Age of the newest complete sample, in seconds; nil before the first reading.
    package var lag: Double?
    /// Requests by HTTP status code; 0 is a request without an answer.
    package var requests: [Int: Int]
    /// What is wrong with what it gives, in sentences.
    package var problems: [String]

    package init(
        name: String, isUp: Bool, lag: Double?, requests: [Int: Int] = [:],
        problems: [String] = []
    ) {
        self.name = name
        self.isUp = isUp
        self.lag = lag
        self.requests = requests
        self.problems = problems
    }
}

/// What the courier did for one alert sink, in alerts.
package struct EndpointCounters: Sendable, Hashable {
    package var endpoint: String
    package var sent: Int
    package var errors: Int
    package var dropped: Int
    package var queued: Int

    package init(
        endpoint: String, sent: Int = 0, errors: Int = 0, dropped: Int = 0, queued: Int = 0
    ) {
        self.endpoint = endpoint
        self.sent = sent
        self.errors = errors
        self.dropped = dropped
        self.queued = queued
    }
}

/// How much of a limit of the blast radius is used.
package struct BlastRadiusUse: Sendable, Hashable {
    package var namespace: String
    /// Which limit, e.g. `namespace` or `concurrent`.
    package var scope: String
    /// Unavailable now, out of all, 0...1.
    package var used: Double
    /// The most that the policy allows, 0...1.
    package var allowed: Double

    package init(namespace: String, scope: String, used: Double, allowed: Double) {
        self.namespace = namespace
        self.scope = scope
        self.used = used
        self.allowed = allowed
    }
}

/// How reading the configuration goes.
package struct ConfigurationHealth: Sendable, Hashable {
    /// When a configuration was last accepted.
    package var lastGoodAt: Timestamp?
    package var failures: Int
    /// Why the newest one was refused; empty when it was accepted.
    package var errors: [String]

    package init(lastGoodAt: Timestamp? = nil, failures: Int = 0, errors: [String] = []) {
        self.lastGoodAt = lastGoodAt
        self.failures = failures
        self.errors = errors
    }
}

/// How writing the journal goes.
package struct JournalHealth: Sendable, Hashable {
    /// Appends that failed since the process started.
    package var appendFailures: Int
    package init(appendFailures: Int = 0) { self.appendFailures = appendFailures }
}

/// What the process uses.
package struct ProcessUsage: Sendable, Hashable {
    package var residentBytes: Int
    package var cpuSeconds: Double
    package var startedAt: Timestamp
    package var openFiles: Int
    package var maxFiles: Int

    package init(
        residentBytes: Int, cpuSeconds: Double, startedAt: Timestamp, openFiles: Int, maxFiles: Int
    ) {
        self.residentBytes = residentBytes
        self.cpuSeconds = cpuSeconds
        self.startedAt = startedAt
        self.openFiles = openFiles
        self.maxFiles = maxFiles
    }
}
