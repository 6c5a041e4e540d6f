// One window of one service, counted: responses, bad ones, by caller. It states how complete it is;
// a blind window says nothing about the service.

/// Requests of one destination service in one window.
package struct RequestWindow: Codable, Sendable, Hashable {
    package var service: ServiceRef
    /// Windows are aligned to the interval: window k is the time ]k, k + 1] intervals after the
    /// epoch.
    package var index: Int64
    /// Responses, without those abandoned by the client or aborted by an injected fault.
    package var total = 0.0
    /// Bad ones of `total`.
    package var bad = 0.0
    /// Aborted by an injected HTTP fault (FI).
    package var injected = 0.0
    /// Delayed by an injected HTTP fault (DI); they count in `total`.
    package var delayed = 0.0
    /// Abandoned by the client (DC).
    package var abandoned = 0.0
    /// Per caller, in order of edges.
    package var edges: [EdgeCounts] = []
    /// Durations of good responses: cumulative counts by upper bound, ascending, the last infinite.
    /// Empty when no histogram was read.
    package var latency: [Bucket] = []
    /// Reporters that were scraped in the window over those that should have been, 0...1.
    package var coverage = 1.0
    /// Windows' worth of time that the counts stand for, on average over the reporters: scrapes
    /// drift over the edge of a window, so that it holds none of a reporter, or two.
    package var exposure = 1.0
    /// Why the window says nothing; nil when it does.
    package var blind: String?
    /// Why it says nothing about durations, or about connections, although it may say the rest; nil
    /// when nothing was missed.
    package var latencyBlind: String?
    package var connectionsBlind: String?
    /// Why its counts are no measure of a rate, although ratios hold: it makes up for a damaged
    /// window.
    package var rateBlind: String?

    package init(service: ServiceRef, index: Int64) {
        self.service = service
        self.index = index
    }

    /// Responses at most `bound` slow, in the unit of the histogram (Istio: milliseconds).
    package struct Bucket: Codable, Sendable, Hashable {
        package var bound: Double
        package var count: Double

        package init(bound: Double, count: Double) {
            self.bound = bound
            self.count = count
        }
    }

    /// Requests of one caller.
    package struct EdgeCounts: Codable, Sendable, Hashable {
        package var edge: ServiceEdge
        package var total = 0.0
        package var bad = 0.0
        /// TCP: connections opened, and failed ones of them.
        package var connections = 0.0
        package var failedConnections = 0.0
        /// TCP bytes both ways: a sign of life.
        package var bytes = 0.0
        /// Response flags of bad responses and connections, by name.
        package var flags: [FlagCount] = []

        package init(edge: ServiceEdge) { self.edge = edge }

        /// Whether anything went over the edge.
        package var isActive: Bool { total > 0 || connections > 0 || bytes > 0 }

        /// Adds the counts of another window of the same edge.
        package mutating func add(_ other: EdgeCounts) {
            total += other.total
            bad += other.bad
            connections += other.connections
            failedConnections += other.failedConnections
            bytes += other.bytes
            for flag in other.flags { add(flag.flag, flag.count) }
        }

        /// Adds failures that carried a flag.
        package mutating func add(_ flag: String, _ count: Double) {
            if let at = flags.firstIndex(where: { $0.flag == flag }) {
                flags[at].count += count
            } else {
                flags.append(FlagCount(flag: flag, count: count))
                flags.sort { $0.flag < $1.flag }
            }
        }
    }

    /// How many failures carried a response flag.
    package struct FlagCount: Codable, Sendable, Hashable {
        package var flag: String
        package var count: Double

        package init(flag: String, count: Double) {
            self.flag = flag
            self.count = count
        }
    }

    /// Counts `amount` responses, connections or bytes of one series.
    package mutating func add(_ series: RequestSeries, _ amount: Double) {
        if case .duration(let bound) = series.kind {
            if series.outcome == .good, !series.delayed { addLatency(bound, amount) }
            return
        }
        let at: Int
        if let found = edges.firstIndex(where: { $0.edge == series.edge }) {
            at = found
        } else {
            at = edges.count
            edges.append(EdgeCounts(edge: series.edge))
        }
        if series.delayed { delayed += amount }
        switch (series.outcome, series.kind) {
        case (.abandoned, _): abandoned += amount
        case (.injected, _): injected += amount
        case (let outcome, .requests):
            total += amount
            edges[at].total += amount
            if outcome == .bad {
                bad += amount
                edges[at].bad += amount
            }
        case (let outcome, .connections):
            edges[at].connections += amount
            if outcome == .bad { edges[at].failedConnections += amount }
        case (_, .bytes): edges[at].bytes += amount
        case (_, .duration): break
        }
        guard series.outcome == .bad else { return }
        for flag in series.flags { edges[at].add(flag, amount) }
    }

    private mutating func addLatency(_ bound: Double, _ amount: Double) {
        if let at = latency.firstIndex(where: { $0.bound >= bound }) {
            if latency[at].bound == bound {
                latency[at].count += amount
            } else {
                latency.insert(Bucket(bound: bound, count: amount), at: at)
            }
        } else {
            latency.append(Bucket(bound: bound, count: amount))
        }
    }

    /// The window as a rate sees it: counts per window's worth of time, blind when it holds less
    /// than half a window of it. Without this a late scrape would be a drop.
    var perExposure: RequestWindow {
        guard blind == nil, exposure != 1 || rateBlind != nil else { return self }
        var window = self
        if let rateBlind {
            window.blind = rateBlind
        } else if exposure < 0.5 {
            window.blind = "its callers' proxies were scraped too late"
        } else {
            window.total /= exposure
            window.bad /= exposure
            window.injected /= exposure
        }
        return window
    }

    /// Whether anybody called: also who gave up, and what goes over an open connection.
    var hasCalls: Bool {
        total > 0 || injected > 0 || abandoned > 0 || edges.contains(where: \.isActive)
    }

    /// Requests that came in a window's worth of time; nil when that is not known.
    var arrived: Double? {
        let window = perExposure
        return window.blind == nil ? window.total + window.injected : nil
    }

    /// Whether anything was counted that tells one side from the other.
    var isActive: Bool { total > 0 || edges.contains { $0.connections > 0 } }

    /// TCP connections opened or failed, over all callers.
    package var connections: Double { edges.reduce(0) { $0 + $1.connections } }
    package var failedConnections: Double { edges.reduce(0) { $0 + $1.failedConnections } }
}

/// All services in one window.
package struct WindowSummary: Codable, Sendable, Hashable {
    package var index: Int64
    /// Nanoseconds since the epoch; see `RequestWindow.index`.
    package var startNanoseconds: Int64
    package var endNanoseconds: Int64
    /// In order of services.
    package var services: [RequestWindow]
    /// Reporters scraped in the window over those expected.
    package var coverage: Double
    /// Why nothing can be said about any service; nil when the window is good.
    package var blind: String?
    /// Why namespaces are not seen although others are, by name.
    package var blindNamespaces: [String: String] = [:]

    /// The window is ]start, end].
    package var start: Timestamp { Timestamp(nanoseconds: startNanoseconds) }
    package var end: Timestamp { Timestamp(nanoseconds: endNanoseconds) }
}
