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
        /// Refused series: the counts are incomplete until this window has passed.
        var incompleteUntil: Int64?
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
    private var incomplete: (until: Int64, reason: String)?
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
        for tag in result.refused {
            if services[tag.service] == nil { isOrderStale = true }
            services[tag.service, default: Service()].incompleteUntil = last
        }
        if let warning = reading.warnings.first { incomplete = (last, warning) }
        problem = result.problems.first
        for increment in result.increments {
            let window = max(index(of: increment.time), open)
            add(increment.tag, increment.amount, window)
        }
    }

    private mutating func note(_ tag: RequestSeries, _ reporter: String) {
        if services[tag.service] == nil { isOrderStale = true }
        switch tag.side {
        case .client:
            services[tag.service, default: Service()].clientReporters.insert(reporter)
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
        forget(before: start(of: index) - interval)
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
        if isOrderStale {
            order = services.keys.sorted()
            isOrderStale = false
        }
        summary.services.reserveCapacity(order.count)
        for name in order {
            var window = choose(name, counted[name], index, locked: locked(name.namespace))
            window.coverage = self.coverage(of: name, awaited, reporting) ?? coverage
            window.blind = reason ?? blindness(of: name, window.coverage, index)
            summary.services.append(window)
        }
        return summary
    }

    /// The client's count if the service is read from that side, else the server's.
    private mutating func choose(
        _ name: ServiceRef, _ sides: Sides?, _ index: Int64, locked: Bool
    ) -> RequestWindow {
        var service = services[name] ?? Service()
        if !locked {
            if let client = sides?.client, client.total > 0 {
                service.usesClient = true
                service.clientSilence = 0
            } else if service.usesClient, let server = sides?.server, server.total > 0 {
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
        guard let service = services[name] else { return nil }
        let client = service.usesClient || service.serverReporters.isEmpty
        let mine = client ? service.clientReporters : service.serverReporters
        var due = 0
        var seen = 0
        for reporter in mine where awaited.contains(reporter) {
            due += 1
            if reporting.contains(reporter) { seen += 1 }
        }
        return due > 0 ? Double(seen) / Double(due) : nil
    }

    private func blindness(of name: ServiceRef, _ coverage: Double, _ index: Int64) -> String? {
        if coverage < minimumCoverage { return "its callers' proxies were not scraped" }
        if let until = services[name]?.incompleteUntil, index <= until {
            return "series of this service were refused: too many series"
        }
        return nil
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
                // The newest instant stays: it tells a silent reporter from one that is new.
                scrapes[name] = kept.isEmpty ? times.suffix(1) : Array(kept)
            }
        }
    }

    /// A reporter is gone. Services that nobody is left to report stay known, silent, as long as
    /// there is room.
    private mutating func forget(_ reporter: String) {
        for name in services.keys {
            services[name]?.clientReporters.remove(reporter)
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
