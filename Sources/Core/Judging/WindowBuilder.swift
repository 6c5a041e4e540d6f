// Collects increments into windows and decides when a window is over and how much of it was seen.
// A missing scrape makes a window blind; it never becomes a zero.

/// Windows in the making (detection design 5.1; reporter choice: telemetry facts 1.3).
package struct WindowBuilder: Sendable {
    private struct Sides: Sendable {
        var client: RequestWindow?
        var server: RequestWindow?
    }

    /// What is known of a service apart from its counts.
    private struct Service: Sendable {
        var clientReporters: Set<String> = []
        var serverReporters: Set<String> = []
        var usesClient = false
        var clientSilence = 0
        /// Refused or damaged series: the counts are incomplete until this window has passed.
        var incomplete: (until: Int64, reason: String)?
        /// The same, of durations alone.
        var durationsUntil: Int64?
        /// Upper bounds of the duration buckets of each reporter.
        var bounds: [String: Set<Double>] = [:]
        /// The bounds that all reporters have; nil when they have the same.
        var commonBounds: Set<Double>?
        /// Some client's proxy that is no waypoint counts its connections.
        var hasClientConnections = false
    }

    private let interval: Duration
    private let lag: Duration
    private let minimumCoverage: Double
    private var next: Int64?
    private var pending: [Int64: [ServiceRef: Sides]] = [:]
    private var services: [ServiceRef: Service] = [:]
    private var scrapes: [String: [Timestamp]] = [:]
    private var known: [String: Timestamp] = [:]
    private var expected: [String] = []
    private var order: [ServiceRef] = []
    private var isOrderStale = false
    private var problem: String?
    private var boundsChanged: Set<ServiceRef> = []
    private var incomplete: (until: Int64, reason: String)?
    /// Signals whose metrics a reading lacked.
    private var unread: [Signal: (until: Int64, reason: String)] = [:]
    /// Windows after which a service whose callers fell silent is read from its own side.
    private static let silenceToSwitch = 20
    /// Services known before those that nobody reports are forgotten.
    private static let serviceLimit = 10_000
    /// A hole longer than this many windows is skipped at once.
    private static let longestHole: Int64 = 240

    package init(settings: JudgeSettings) {
        interval = max(settings.interval, .milliseconds(1))
        lag = settings.lag
        minimumCoverage = settings.minimumCoverage
    }

    /// The window that ends at or first after `time`.
    package func index(of time: Timestamp) -> Int64 {
        let length = interval.nanoseconds
        let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: length)
        return remainder > 0 ? quotient : quotient - 1
    }

    /// The instant at which a window begins.
    package func start(of index: Int64) -> Timestamp {
        Timestamp(nanoseconds: index &* interval.nanoseconds)
    }

    /// The first window that is still open; nil before the first reading.
    package var firstOpen: Int64? { next }

    /// Adds what the ledger made of one reading.
    package mutating func add(
        _ result: CounterLedger<RequestSeries>.Result, reading: Reading
    ) {
        expected = reading.reporters.map(\.name).sorted()
        for (name, times) in result.scrapes {
            scrapes[name, default: []] += times
            if known[name] == nil { known[name] = times.first }
        }
        if next == nil {
            let first = result.scrapes.values.compactMap(\.first).min()
            next = index(of: first ?? reading.completeUntil) + 1
        }
        let open = next ?? 0
        let last = max(open, index(of: reading.completeUntil))
        for (tag, reporter) in result.appeared { note(tag, reporter) }
        refreshBounds()
        for tag in result.refused {
            if services[tag.service] == nil { isOrderStale = true }
            if case .duration = tag.kind {
                services[tag.service, default: Service()].durationsUntil = last
            } else {
                services[tag.service, default: Service()].incomplete = (
                    last, "series of this service were refused: too many series"
                )
            }
        }
        for tag in result.damaged {
            if case .duration = tag.kind {
                services[tag.service, default: Service()].durationsUntil = last
            } else {
                services[tag.service, default: Service()].incomplete = (
                    last, "a counter of this service is not a number"
                )
            }
        }
        for (metric, reason) in reading.unread {
            for signal in Signal.allCases where signal.metrics.contains(metric) {
                unread[signal] = (last, reason)
            }
        }
        if let warning = reading.warnings.first { incomplete = (last, warning) }
        problem = result.problems.first
        for increment in result.increments {
            let window = max(index(of: increment.time), open)
            add(increment.tag, increment.amount, window)
        }
    }

    /// Proxies whose histograms have other bounds, e.g. in the middle of a rollout: only the bounds
    /// that all of them have can be counted over all of them.
    private mutating func refreshBounds() {
        for name in boundsChanged {
            guard let sets = services[name]?.bounds.values, let first = sets.first else { continue }
            services[name]?.commonBounds =
                sets.allSatisfy { $0 == first }
                ? nil : sets.reduce(first) { $0.intersection($1) }
        }
        boundsChanged = []
    }

    private mutating func note(_ tag: RequestSeries, _ reporter: String) {
        if services[tag.service] == nil { isOrderStale = true }
        if case .duration(let bound) = tag.kind {
            services[tag.service, default: Service()].bounds[reporter, default: []].insert(bound)
            boundsChanged.insert(tag.service)
        }
        switch tag.side {
        case .client:
            services[tag.service, default: Service()].clientReporters.insert(reporter)
            if tag.kind == .connections, !tag.isWaypoint {
                services[tag.service]?.hasClientConnections = true
            }
        case .server:
            services[tag.service, default: Service()].serverReporters.insert(reporter)
        }
    }

    private mutating func add(_ tag: RequestSeries, _ amount: Double, _ window: Int64) {
        let service = tag.service
        if services[service] == nil {
            // Its reporters were gone for a while and are back.
            services[service] = Service()
            isOrderStale = true
        }
        if tag.isWaypoint, tag.kind == .connections,
            services[service]?.hasClientConnections == true
        {
            return
        }
        let empty = RequestWindow(service: service, index: window)
        switch tag.side {
        case .client:
            pending[window, default: [:]][service, default: Sides()]
                .client.withDefault(empty) { $0.add(tag, amount) }
        case .server:
            pending[window, default: [:]][service, default: Sides()]
                .server.withDefault(empty) { $0.add(tag, amount) }
        }
    }

    /// Closes every window that is complete at `completeUntil`, oldest first. `locked` tells
    /// whether a round is under way in a namespace: the choice of reporter is kept then.
    package mutating func close(
        until completeUntil: Timestamp, locked: (String) -> Bool
    ) -> [WindowSummary] {
        guard var index = next else { return [] }
        var closed: [WindowSummary] = []
        var hole: Int64 = 0
        while isComplete(index, completeUntil) {
            let summary = close(index, locked: locked)
            hole = summary.coverage == 0 ? hole + 1 : 0
            closed.append(summary)
            pending[index] = nil
            index += 1
            if hole >= Self.longestHole {
                hole = 0
                let oldest = (pending.keys.min() ?? .max)
                let resume = min(oldest, self.index(of: completeUntil) - 1, firstScrape(index))
                index = max(index, resume)
            }
        }
        next = index
        forget(before: start(of: index) - interval - interval)
        return closed
    }

    private func firstScrape(_ index: Int64) -> Int64 {
        let from = start(of: index)
        let first = scrapes.values.compactMap { $0.first { $0 > from } }.min()
        return first.map { self.index(of: $0) } ?? .max
    }

    /// A window is over when the source is complete past its end, or as soon as everyone who still
    /// answers was scraped in it, since each reports once a window.
    private func isComplete(_ index: Int64, _ completeUntil: Timestamp) -> Bool {
        let end = start(of: index + 1)
        if completeUntil >= end + lag { return true }
        let begin = start(of: index)
        guard completeUntil > begin else { return false }
        var seen = false
        for name in expected {
            guard let last = scrapes[name]?.last else { continue }
            if last > begin {
                seen = true
            } else if last > begin - interval - interval {
                return false
            }
        }
        return seen
    }

    /// Windows' worth of time between the last scrape of a reporter before a window and the last
    /// one in it: what its increments in the window stand for. Zero for one that was not scraped
    /// in it, also when it is just gone with what it counted last; nil for one that is long gone or
    /// new, whose counters are younger than the window.
    private func span(of name: String, _ index: Int64) -> Double? {
        let begin = start(of: index)
        let end = start(of: index + 1)
        guard let times = scrapes[name], let before = times.last(where: { $0 <= begin }) else {
            return nil
        }
        guard let last = times.last(where: { $0 <= end }), last > begin else {
            return before > begin - interval - interval / 2 || expected.contains(name) ? 0 : nil
        }
        return (last - before).inSeconds / interval.inSeconds
    }

    private func covers(_ name: String, _ index: Int64) -> Bool {
        guard let times = scrapes[name] else { return false }
        let from = start(of: index) - interval / 2
        let until = start(of: index + 1)
        return times.contains { $0 > from && $0 <= until }
    }

    private mutating func close(_ index: Int64, locked: (String) -> Bool) -> WindowSummary {
        let end = start(of: index + 1)
        var reporting: Set<String> = []
        var awaited: Set<String> = []
        for name in expected {
            guard let first = known[name], first <= end else { continue }
            awaited.insert(name)
            if covers(name, index) { reporting.insert(name) }
        }
        let coverage =
            awaited.isEmpty ? 0 : Double(reporting.count) / Double(awaited.count)
        var reason: String?
        if awaited.isEmpty {
            reason = "no reporter is known"
        } else if coverage < minimumCoverage {
            reason = "\(reporting.count) of \(awaited.count) reporters were scraped"
            if let problem { reason = (reason ?? "") + "; " + problem }
        } else if let incomplete, index <= incomplete.until {
            reason = "the reading is incomplete: \(incomplete.reason)"
        }
        var summary = WindowSummary(
            index: index, startNanoseconds: start(of: index).nanoseconds,
            endNanoseconds: end.nanoseconds, services: [], coverage: coverage, blind: reason)
        let counted = pending[index] ?? [:]
        var spans: [String: Double] = [:]
        for name in scrapes.keys { spans[name] = span(of: name, index) }
        if isOrderStale {
            order = services.keys.sorted()
            isOrderStale = false
        }
        summary.services.reserveCapacity(order.count)
        for name in order {
            var window = choose(name, counted[name], index, locked: locked(name.namespace))
            if let seen = self.coverage(of: name, awaited, reporting) {
                window.coverage = seen
                window.exposure = exposure(of: name, spans)
            } else {
                window.coverage = coverage
            }
            window.blind = reason ?? blindness(of: name, window.coverage, index)
            noteUnread(&window, name, index)
            summary.services.append(window)
        }
        return summary
    }

    /// Says what a window lacks, and takes out what is only half there.
    private func noteUnread(_ window: inout RequestWindow, _ name: ServiceRef, _ index: Int64) {
        if let until = services[name]?.durationsUntil, index <= until {
            window.latencyBlind =
                "histograms of this service were refused (too many series of buckets) or damaged"
        }
        if let missing = unread[.latency], index <= missing.until {
            window.latencyBlind = missing.reason
        }
        if window.latencyBlind != nil { window.latency = [] }
        if let common = services[name]?.commonBounds {
            window.latency.removeAll { !common.contains($0.bound) }
        }
        guard let missing = unread[.connections], index <= missing.until else { return }
        window.connectionsBlind = missing.reason
        for at in window.edges.indices {
            window.edges[at].connections = 0
            window.edges[at].failedConnections = 0
        }
    }

    /// The client's count if the service is read from that side, else the server's.
    private mutating func choose(
        _ name: ServiceRef, _ sides: Sides?, _ index: Int64, locked: Bool
    ) -> RequestWindow {
        var service = services[name] ?? Service()
        if !locked {
            if let client = sides?.client, client.isActive {
                service.usesClient = true
                service.clientSilence = 0
            } else if service.usesClient, let server = sides?.server, server.isActive {
                service.clientSilence += 1
                if service.clientSilence > Self.silenceToSwitch { service.usesClient = false }
            }
            services[name] = service
        }
        let empty = RequestWindow(service: name, index: index)
        let usesClient = service.usesClient || sides?.server == nil
        guard var window = usesClient ? sides?.client : sides?.server else { return empty }
        window.edges.sort { $0.edge < $1.edge }
        return window
    }

    /// Coverage among the reporters that count this service; nil when none of them is expected now.
    private func coverage(
        of name: ServiceRef, _ awaited: Set<String>, _ reporting: Set<String>
    ) -> Double? {
        guard let mine = reporters(of: name) else { return nil }
        var due = 0
        var seen = 0
        for reporter in mine where awaited.contains(reporter) {
            due += 1
            if reporting.contains(reporter) { seen += 1 }
        }
        return due > 0 ? Double(seen) / Double(due) : nil
    }

    /// The reporters on the side that a service is read from.
    private func reporters(of name: ServiceRef) -> Set<String>? {
        services[name].map {
            $0.usesClient || $0.serverReporters.isEmpty ? $0.clientReporters : $0.serverReporters
        }
    }

    /// The mean span of the reporters that count this service; 1 when all of them are new.
    private func exposure(of name: ServiceRef, _ spans: [String: Double]) -> Double {
        var sum = 0.0
        var count = 0.0
        for reporter in reporters(of: name) ?? [] {
            guard let span = spans[reporter] else { continue }
            sum += span
            count += 1
        }
        return count > 0 ? sum / count : 1
    }

    private func blindness(of name: ServiceRef, _ coverage: Double, _ index: Int64) -> String? {
        if coverage < minimumCoverage { return "its callers' proxies were not scraped" }
        guard let missing = services[name]?.incomplete, index <= missing.until else { return nil }
        return missing.reason
    }

    /// Forgets instants of scrapes before `time`, and reporters that are gone.
    private mutating func forget(before time: Timestamp) {
        let expected = Set(expected)
        for (name, times) in scrapes {
            guard let first = times.first, first < time else { continue }
            let kept = times.drop { $0 < time }
            if kept.isEmpty, !expected.contains(name) {
                scrapes[name] = nil
                known[name] = nil
                forget(name)
            } else {
                // The newest of the old instants stays: it tells a silent reporter from one that is
                // new, and since when the next scrape's increments count.
                scrapes[name] = times.filter { $0 < time }.suffix(1) + kept
            }
        }
    }

    /// A reporter is gone. Services that nobody is left to report stay known, silent, as long as
    /// there is room.
    private mutating func forget(_ reporter: String) {
        for name in services.keys {
            services[name]?.clientReporters.remove(reporter)
            if services[name]?.bounds.removeValue(forKey: reporter) != nil {
                boundsChanged.insert(name)
            }
            services[name]?.serverReporters.remove(reporter)
            if services.count > Self.serviceLimit, let service = services[name],
                service.clientReporters.isEmpty,
                service.serverReporters.isEmpty, pending.values.allSatisfy({ $0[name] == nil })
            {
                services[name] = nil
                isOrderStale = true
            }
        }
    }
}

extension Optional {
    /// The wrapped value for changing in place, set to `value` first when there is none.
    fileprivate mutating func withDefault(_ value: Wrapped, _ change: (inout Wrapped) -> Void) {
        var current = self ?? value
        self = nil
        change(&current)
        self = current
    }
}
