// Istio's standard metrics of one proxy, as a value that counts. Series appear with their first
// event, as in the proxy; nothing is ever initialised to zero. Text is made in IstioExposition.

import Core

/// The counters of one proxy, from its start to its end.
package struct IstioRegistry: Sendable {
    /// Upper bounds of the duration buckets in milliseconds (Envoy's defaults), without `+Inf`.
    package static let bounds: [Double] = [
        0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000,
        600_000, 1_800_000, 3_600_000,
    ]

    /// One HTTP series: the four families share their labels.
    struct Requests: Sendable {
        let labels: String
        var count = 0
        /// Not cumulative; the last is the overflow bucket.
        var buckets = [Int](repeating: 0, count: bounds.count + 1)
        var milliseconds = 0.0
        var requestBytes = 0
        var responseBytes = 0
    }

    /// One TCP series.
    struct Connections: Sendable {
        let labels: String
        var opened = 0
        var closed = 0
        var sent = 0
        var received = 0
    }

    private var known: [Key: Int] = [:]
    private var requestIndex: [IstioLabels: Int] = [:]
    private var connectionIndex: [IstioLabels: Int] = [:]
    private(set) var requests: [Requests] = []
    private(set) var connections: [Connections] = []

    package init() {}

    /// Counts requests of one kind that took `duration` each. Bytes are per request.
    package mutating func count(
        _ labels: IstioLabels, _ number: Int = 1, duration: Duration, requestBytes: Int,
        responseBytes: Int
    ) {
        guard number > 0 else { return }
        add(number, duration, requestBytes, responseBytes, at: index(of: labels))
    }

    private mutating func add(
        _ number: Int, _ duration: Duration, _ requestBytes: Int, _ responseBytes: Int, at: Int
    ) {
        let milliseconds = duration.inSeconds * 1000
        let bucket = Self.bucket(of: milliseconds)
        requests[at].count += number
        requests[at].buckets[bucket] += number
        requests[at].milliseconds += milliseconds * Double(number)
        requests[at].requestBytes += requestBytes * number
        requests[at].responseBytes += responseBytes * number
    }

    /// Names a series within one registry without its labels, for callers that count often.
    struct Key: Hashable, Sendable {
        var isSource: Bool
        var service: Int
        /// Who is on the other side, by a number of the caller's choice; nil when unknown.
        var peer: Int?
        var code: Int
        var flags: String
    }

    /// Like `count` with labels, which are made only for the first event of `key`.
    mutating func count(
        _ key: Key, _ number: Int, duration: Duration, bytes: (request: Int, response: Int),
        labels: () -> IstioLabels
    ) {
        guard number > 0 else { return }
        let at = known[key] ?? index(of: labels())
        known[key] = at
        add(number, duration, bytes.request, bytes.response, at: at)
    }

    /// Counts TCP connections and bytes, as the proxy sees them.
    package mutating func count(
        tcp labels: IstioLabels, opened: Int = 0, closed: Int = 0, sent: Int = 0,
        received: Int = 0
    ) {
        let at: Int
        if let known = connectionIndex[labels] {
            at = known
        } else {
            at = connections.count
            connections.append(Connections(labels: labels.exposition(tcp: true)))
            connectionIndex[labels] = at
        }
        connections[at].opened += opened
        connections[at].closed += closed
        connections[at].sent += sent
        connections[at].received += received
    }

    /// How many requests were counted with `labels`.
    package func total(_ labels: IstioLabels) -> Int {
        requestIndex[labels].map { requests[$0].count } ?? 0
    }

    /// Every label set that has been seen, sorted by its text.
    package var labelSets: [IstioLabels] {
        requestIndex.sorted { requests[$0.value].labels < requests[$1.value].labels }.map(\.key)
    }

    private mutating func index(of labels: IstioLabels) -> Int {
        if let known = requestIndex[labels] { return known }
        requests.append(Requests(labels: labels.exposition()))
        requestIndex[labels] = requests.count - 1
        return requests.count - 1
    }

    private static func bucket(of milliseconds: Double) -> Int {
        bounds.firstIndex { milliseconds <= $0 } ?? bounds.count
    }
}
