// What failed over which edge since an onset, against before it, and how much of a service's
// failures its callees explain. Counts in, shares out; ranking is done elsewhere.

import RealModule

/// Failures by edge and service, before and since an onset (detection design section 7, steps 1,
/// 2b and 3).
struct FailureGraph: Sendable {
    /// One edge before and since the onset.
    struct Totals: Sendable {
        var before: RequestWindow.EdgeCounts
        var since: RequestWindow.EdgeCounts
        /// Whether anything passed in a window after the one of the onset.
        var alive = false
        /// The first window since the onset with failures; the largest index when there is none.
        var firstBad = Int64.max
    }

    /// What is known of a service as a whole.
    struct Whole: Sendable {
        var windowsBefore = 0.0
        var windowsSince = 0.0
        var abandonedBefore = 0.0
        var abandonedSince = 0.0
        /// Good responses by bucket bound, cumulative.
        var latencyBefore: [Double: Double] = [:]
        var latencySince: [Double: Double] = [:]
    }

    /// Failures of a service since the onset, beyond its baseline, by what their flags say.
    struct Failures: Sendable {
        /// No endpoint, no connection, or a connection lost: the request never was the service's.
        var gone = 0.0
        /// No answer in time.
        var late = 0.0
        /// Answered with an error.
        var answered = 0.0
        /// Given up by the caller, beyond what is usual.
        var abandoned = 0.0

        var sum: Double { gone + late + answered + abandoned }
        /// Those that a callee may be the reason of.
        var open: Double { late + answered + abandoned }
    }

    private struct Workload: Hashable, Sendable {
        var namespace: String
        var name: String
    }

    private(set) var edges: [ServiceEdge: Totals] = [:]
    private(set) var wholes: [ServiceRef: Whole] = [:]
    private var into: [ServiceRef: [ServiceEdge]] = [:]
    private var from: [Workload: [ServiceEdge]] = [:]
    private var answering: [Workload: [ServiceRef]] = [:]
    /// Whether there are windows after the one of the onset.
    private var later = false
    private let workloads: [ServiceRef: Set<String>]
    private let upper: [ServiceRef: Double]

    /// Istio's response flags by what they say (Envoy's access log documentation): the destination
    /// could not be reached or hung up; it did not answer in time. The others, and none, mean that
    /// it answered.
    static let goneFlags: Set<String> = ["UF", "UH", "UC", "NR", "NC", "LH", "UR"]
    static let lateFlags: Set<String> = ["UT", "DT", "SI", "UMSDR"]
    /// Share of a service's failures that silence of a callee may explain: more than what is left
    /// to the service itself, less than a counted failure would.
    static let silence = 0.6
    /// Windows before the onset that say what is usual.
    private static let past: Int64 = 24

    init(
        windows: some Sequence<RequestWindow>, onset: Int64,
        workloads: [ServiceRef: Set<String>], upper: [ServiceRef: Double]
    ) {
        self.workloads = workloads
        self.upper = upper
        for window in windows where window.blind == nil && window.index >= onset - Self.past {
            add(window, onset)
        }
        for edge in edges.keys.sorted() {
            into[edge.destination, default: []].append(edge)
            let caller = Workload(namespace: edge.sourceNamespace, name: edge.source)
            from[caller, default: []].append(edge)
        }
        for service in into.keys.sorted() {
            for name in workloads[service] ?? [service.name] {
                let workload = Workload(namespace: service.namespace, name: name)
                answering[workload, default: []].append(service)
            }
        }
    }

    private mutating func add(_ window: RequestWindow, _ onset: Int64) {
        let isSince = window.index >= onset
        var whole = wholes[window.service] ?? Whole()
        if isSince {
            whole.windowsSince += 1
            whole.abandonedSince += window.abandoned
            for bucket in window.latency {
                whole.latencySince[bucket.bound, default: 0] += bucket.count
            }
        } else {
            whole.windowsBefore += 1
            whole.abandonedBefore += window.abandoned
            for bucket in window.latency {
                whole.latencyBefore[bucket.bound, default: 0] += bucket.count
            }
        }
        wholes[window.service] = whole
        if window.index > onset { later = true }
        for counts in window.edges {
            var totals =
                edges[counts.edge]
                ?? Totals(before: .init(edge: counts.edge), since: .init(edge: counts.edge))
            if window.index > onset, counts.isActive { totals.alive = true }
            if isSince {
                totals.since.add(counts)
                if counts.bad + counts.failedConnections > 0 {
                    totals.firstBad = min(totals.firstBad, window.index)
                }
            } else {
                totals.before.add(counts)
            }
            edges[counts.edge] = totals
        }
    }

    // MARK: Edges and services

    /// Edges into a service, in order.
    func callers(of service: ServiceRef) -> [ServiceEdge] { into[service] ?? [] }

    /// Edges from the workloads that answer for a service, in order.
    func callees(of service: ServiceRef) -> [ServiceEdge] {
        var found: [ServiceEdge] = []
        for name in (workloads[service] ?? [service.name]).sorted() {
            found += from[Workload(namespace: service.namespace, name: name)] ?? []
            // A caller outside the cluster's namespaces is known by its name alone.
            if !service.namespace.isEmpty {
                found += from[Workload(namespace: "", name: name)] ?? []
            }
        }
        return found
    }

    /// The service that the caller of an edge answers for; one of the workload's own name if none
    /// is known.
    func caller(of edge: ServiceEdge) -> ServiceRef {
        let workload = Workload(namespace: edge.sourceNamespace, name: edge.source)
        return answering[workload]?.first
            ?? ServiceRef(namespace: edge.sourceNamespace, name: edge.source)
    }

    /// Failures beyond the baseline over an edge since the onset: responses if there are any, else
    /// connections beyond their usual failures.
    func excess(_ edge: ServiceEdge) -> Double {
        guard let totals = edges[edge] else { return 0 }
        let since = totals.since
        let p0 = upper[edge.destination] ?? 0.01
        if since.total > 0 { return max(0, since.bad - since.total * min(p0, 0.5)) }
        let whole = wholes[edge.destination] ?? Whole()
        let usual = totals.before.failedConnections / max(whole.windowsBefore, 1)
        return max(0, since.failedConnections - usual * whole.windowsSince)
    }

    func excess(into service: ServiceRef) -> Double {
        callers(of: service).reduce(0) { $0 + excess($1) }
    }

    /// The first window with failures at a service.
    func onset(of service: ServiceRef) -> Int64 {
        callers(of: service).map { edges[$0]?.firstBad ?? .max }.min() ?? .max
    }

    /// Response flags of failures over an edge, most frequent first.
    func flags(_ edge: ServiceEdge) -> [String] {
        (edges[edge]?.since.flags ?? []).filter { $0.count > 0 }
            .sorted { ($1.count, $0.flag) < ($0.count, $1.flag) }.map(\.flag)
    }

    /// The failures of a service, by what their flags say.
    func failures(of service: ServiceRef) -> Failures {
        var result = Failures()
        for edge in callers(of: service) {
            let excess = excess(edge)
            guard excess > 0, let since = edges[edge]?.since else { continue }
            if since.total <= 0 {
                result.gone += excess
                continue
            }
            var gone = 0.0
            var late = 0.0
            for flag in since.flags {
                if Self.goneFlags.contains(flag.flag) { gone += flag.count }
                if Self.lateFlags.contains(flag.flag) { late += flag.count }
            }
            let counted = max(since.bad, gone + late)
            result.gone += excess * gone / counted
            result.late += excess * late / counted
            result.answered += excess * max(0, counted - gone - late) / counted
        }
        result.abandoned = abandoned(at: service)
        return result
    }

    /// Requests to a service that callers gave up, beyond twice the usual and a few more: people
    /// leave for reasons of their own too.
    private func abandoned(at service: ServiceRef) -> Double {
        guard let whole = wholes[service] else { return 0 }
        let usual = whole.abandonedBefore / max(whole.windowsBefore, 1)
        return max(0, whole.abandonedSince - 2 * usual * whole.windowsSince - 5)
    }

    /// The part of them that one caller gave up, by its usual share of the requests: windows count
    /// them by service only.
    private func abandoned(over edge: ServiceEdge) -> Double {
        let all = abandoned(at: edge.destination)
        guard all > 0, let mine = edges[edge]?.before.total else { return 0 }
        let total = callers(of: edge.destination).reduce(0) { $0 + (edges[$1]?.before.total ?? 0) }
        return total > 0 ? all * mine / total : 0
    }

    /// Whether good responses became slow: the histogram's median moved by more than one bucket.
    func isSlower(_ service: ServiceRef) -> Bool {
        guard let whole = wholes[service] else { return false }
        func median(_ buckets: [Double: Double]) -> Int? {
            let bounds = buckets.keys.sorted()
            guard let last = bounds.last, let total = buckets[last], total > 0 else { return nil }
            return bounds.firstIndex { (buckets[$0] ?? 0) >= total / 2 }
        }
        guard let before = median(whole.latencyBefore), let since = median(whole.latencySince)
        else { return false }
        return since > before + 1
    }

    // MARK: Explanation

    /// How many failures of `service` its callees explain, by edge (CIRCA's conditional test in its
    /// simplest form, arXiv:2206.05871): each failure of a callee fails one request of the caller.
    /// A request that never reached the service is explained by none of them.
    func explanation(of service: ServiceRef) -> [(edge: ServiceEdge, failures: Double)] {
        let failures = failures(of: service)
        let open = failures.open
        guard open > 0 else { return [] }
        let outgoing = callees(of: service).filter { $0.destination != service }
        var counted: [(edge: ServiceEdge, failures: Double)] = []
        for edge in outgoing {
            var excess = excess(edge) + abandoned(over: edge)
            // One lost connection of a pool fails any number of requests.
            if excess > 0, (edges[edge]?.since.total ?? 0) <= 0 { excess = max(excess, open) }
            if excess > 0 { counted.append((edge, excess)) }
        }
        let sum = counted.reduce(0) { $0 + $1.failures }
        if sum >= open { return counted.map { ($0.edge, $0.failures * open / sum) } }
        // A service that is gone calls nobody: that its callees are silent says nothing.
        guard sum < 0.5 * open, failures.gone <= 0.5 * failures.sum else { return counted }
        let silent = silent(outgoing)
        let rest = (open - sum) * Self.silence / Double(max(silent.count, 1))
        return counted + silent.map { ($0, rest) }
    }

    /// Outgoing edges that were in use and over which nothing has passed since the onset, unless
    /// all of several did, which is the caller's own doing, or the callee serves others well.
    private func silent(_ outgoing: [ServiceEdge]) -> [ServiceEdge] {
        guard later else { return [] }
        let used = outgoing.filter { edges[$0]?.before.isActive ?? false }
        let silent = used.filter { edge in
            guard let totals = edges[edge] else { return false }
            return !totals.alive && excess(edge) + abandoned(over: edge) <= 0
        }
        if silent.count > 1, silent.count == used.count { return [] }
        return silent.filter { edge in
            !callers(of: edge.destination).contains { other in
                other != edge && excess(other) <= 0 && edges[other]?.alive ?? false
            }
        }
    }

    /// The caller whose edge alone fails although others call the service as much: the failures are
    /// on its side, or on the way.
    func loneCaller(of service: ServiceRef) -> ServiceEdge? {
        let all = callers(of: service).filter { (edges[$0]?.since.total ?? 0) > 0 }
        let failing = all.filter { excess($0) > 0 }
        guard all.count > 1, failing.count == 1, let edge = failing.first,
            let since = edges[edge]?.since
        else { return nil }
        let rate = since.bad / since.total
        let others = all.reduce(0.0) { sum, other in
            other == edge ? sum : sum + (edges[other]?.since.total ?? 0)
        }
        // Of the others, at the same rate, at least ten would have failed.
        return rate * others >= 10 ? edge : nil
    }
}
