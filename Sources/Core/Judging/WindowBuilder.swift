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
        /// Whose calls the clients' proxies counted, and who answered where the servers' did.
        var callers = Homes()
        var servers = Homes()
        /// Seen windows in a row without a call.
        var idle = Self.longestIdle
        /// Windows in a row in which nobody was left to count its calls.
        var unreported: Int64 = 0

        /// Seen windows without a call after which a service carries no traffic.
        static let longestIdle = 48
        var isReported: Bool { !clientReporters.isEmpty || !serverReporters.isEmpty }
    }

    /// The workloads whose pods may count the calls of a service.
    private struct Homes: Sendable {
        var names: Set<WorkloadName> = []
        /// There are more than are kept.
        var isCut = false
        private static let limit = 64

        mutating func add(_ name: WorkloadName) {
            if names.count < Self.limit { names.insert(name) }
            if !names.contains(name) { isCut = true }
        }
    }

    private let interval: Duration
    private let lag: Duration
    private let minimumCoverage: Double
    private var next: Int64?
    private var pending: [Int64: [ServiceRef: Sides]] = [:]
    private var services: [ServiceRef: Service] = [:]
    private var book: ReporterBook
    private var running = RunningPods()
    private let eviction: Duration
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
        book = ReporterBook(interval: interval)
        eviction = settings.eviction
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
        book.add(reading, result.scrapes, closed: next.map { start(of: $0) })
        if next == nil {
            let first = result.scrapes.values.compactMap(\.first).min()
            next = index(of: first ?? reading.completeUntil) + 1
        }
        let open = next ?? 0
        let last = max(open, index(of: reading.completeUntil))
        for (tag, reporter) in result.appeared {
            note(tag, reporter)
            book.speaks(reporter, at: reading.completeUntil)
        }
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
                    last, "a counter of this service is not a number, or too large a one"
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
            services[tag.service]?.callers.add(
                WorkloadName(namespace: tag.edge.sourceNamespace, name: tag.edge.source))
            if tag.kind == .connections, !tag.isWaypoint {
                services[tag.service]?.hasClientConnections = true
            }
        case .server:
            services[tag.service, default: Service()].serverReporters.insert(reporter)
            services[tag.service]?.servers.add(
                WorkloadName(namespace: tag.service.namespace, name: tag.workload ?? ""))
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
        forget(before: start(of: index) - interval - interval, index)
        return closed
    }

    private func firstScrape(_ index: Int64) -> Int64 {
        book.firstScrape(after: start(of: index)).map { self.index(of: $0) } ?? .max
    }

    /// A window is over when the source is complete past its end, or as soon as everyone who still
    /// answers was scraped in it.
    private func isComplete(_ index: Int64, _ completeUntil: Timestamp) -> Bool {
        let end = start(of: index + 1)
        if completeUntil >= end + lag { return true }
        let begin = start(of: index)
        return completeUntil > begin && book.hasAll(since: begin)
    }

    private mutating func close(_ index: Int64, locked: (String) -> Bool) -> WindowSummary {
        let begin = start(of: index)
        let end = start(of: index + 1)
        let roll = book.roll(from: begin, to: end)
        let spans = book.spans(from: begin, to: end)
        var summary = WindowSummary(
            index: index, startNanoseconds: begin.nanoseconds, endNanoseconds: end.nanoseconds,
            services: [], coverage: roll.coverage, blind: nil)
        let counted = pending[index] ?? [:]
        if isOrderStale {
            order = services.keys.sorted()
            isOrderStale = false
        }
        summary.services.reserveCapacity(order.count)
        var tally = SightTally()
        for name in order {
            var window = choose(name, counted[name], index, locked: locked(name.namespace))
            look(&window, name, roll, spans)
            window.blind = blindness(of: name, window.coverage, index) ?? window.absurdity
            if let missing = services[name]?.incomplete, missing.until + 1 == index {
                window.rateBlind = missing.reason
            }
            tally.add(window, carries: carries(window))
            noteUnread(&window, name, index)
            summary.services.append(window)
        }
        if let reason = blindness(roll, tally, index) {
            summary.blind = reason
            for at in summary.services.indices { summary.services[at].blind = reason }
        } else {
            summary.blindNamespaces = tally.blind
        }
        for window in summary.services { noteActivity(window) }
        return summary
    }

    /// Why nothing can be said about any service. Where some namespace is seen the source works,
    /// and what is missing blinds those that it belongs to.
    private func blindness(
        _ roll: ReporterBook.Roll, _ tally: SightTally, _ index: Int64
    ) -> String? {
        if roll.awaited.isEmpty { return "no reporter is known" }
        if roll.coverage < minimumCoverage, !tally.seesAny {
            return problem.map { "\(roll.text); \($0)" } ?? roll.text
        }
        guard let incomplete, index <= incomplete.until else { return nil }
        return "the reading is incomplete: \(incomplete.reason)"
    }

    /// Notes how much of a service's calls a window saw.
    private mutating func look(
        _ window: inout RequestWindow, _ name: ServiceRef, _ roll: ReporterBook.Roll,
        _ spans: [String: Double]
    ) {
        if let seen = coverage(of: name, roll) {
            window.coverage = seen
            window.exposure = exposure(of: name, spans)
            if services[name]?.unreported != 0 { services[name]?.unreported = 0 }
        } else if let service = services[name], service.isReported {
            if reporters(of: name)?.contains(where: { spans[$0] ?? 0 > 0 }) ?? false {
                // It vanished after it was scraped in this window.
                window.exposure = exposure(of: name, spans)
            } else {
                window.coverage = coverage(ofUnreported: service, roll)
            }
            services[name]?.unreported += 1
        } else {
            window.coverage = roll.coverage
        }
    }

    /// Whether a service had calls lately, and has not been without a reporter for so long that
    /// nobody may ever report it again.
    private func carries(_ window: RequestWindow) -> Bool {
        guard let service = services[window.service] else { return false }
        let longest = eviction.nanoseconds / interval.nanoseconds
        if service.unreported > longest { return false }
        return service.idle < Service.longestIdle || window.hasCalls
    }

    private mutating func noteActivity(_ window: RequestWindow) {
        guard window.blind == nil, let idle = services[window.service]?.idle else { return }
        services[window.service]?.idle =
            window.hasCalls ? 0 : min(idle + 1, Service.longestIdle)
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
    private func coverage(of name: ServiceRef, _ roll: ReporterBook.Roll) -> Double? {
        guard let mine = reporters(of: name) else { return nil }
        var due = 0
        var seen = 0
        for reporter in mine where roll.awaited.contains(reporter) {
            due += 1
            if roll.reporting.contains(reporter) { seen += 1 }
        }
        return due > 0 ? Double(seen) / Double(due) : nil
    }

    /// Coverage of a service that nobody is left to report: none, unless the cluster says that its
    /// callers do not run, or that others of their pods, which have not called yet, are scraped.
    private func coverage(ofUnreported service: Service, _ roll: ReporterBook.Roll) -> Double {
        let homes = homes(of: service)
        guard !homes.isCut, let pods = running.all(of: homes.names) else { return 0 }
        if pods.isEmpty { return 1 }
        return Double(pods.count { roll.reporting.contains($0) }) / Double(pods.count)
    }

    private func homes(of service: Service) -> Homes {
        service.usesClient || service.servers.names.isEmpty ? service.callers : service.servers
    }

    /// The workloads whose pods should report services that none of `reporters` does: what runs of
    /// them the cluster must be asked.
    package func unreported(by reporters: [String]) -> Set<WorkloadName> {
        let present = Set(reporters)
        var found: Set<WorkloadName> = []
        for (name, service) in services where service.isReported {
            guard let mine = self.reporters(of: name), !mine.contains(where: present.contains)
            else { continue }
            found.formUnion(homes(of: service).names)
        }
        return found
    }

    /// Forgets the services of which `isGone` is true, and what was counted of them.
    package mutating func forget(where isGone: (ServiceRef) -> Bool) {
        services = services.filter { !isGone($0.key) }
        boundsChanged = boundsChanged.filter { !isGone($0) }
        for window in pending.keys {
            pending[window] = pending[window]?.filter { !isGone($0.key) }
        }
        isOrderStale = true
    }

    /// Says which pods run of the workloads that were asked for.
    package mutating func expect(_ running: RunningPods) { self.running = running }

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
        if coverage < minimumCoverage {
            return services[name]?.unreported == 0
                ? "its callers' proxies were not scraped"
                : "no proxy reports calls to it any more"
        }
        guard let missing = services[name]?.incomplete, index <= missing.until else { return nil }
        return missing.reason
    }

    /// Forgets instants of scrapes before `time`, and reporters that are gone. Who reports a
    /// service is remembered for longer than the ledger remembers its series: they do not appear
    /// again when the reporter is back.
    private mutating func forget(before time: Timestamp, _ index: Int64) {
        let lost = book.forget(before: time, unheardSince: time - eviction - eviction)
        for reporter in lost.gone {
            for name in services.keys
            where services[name]?.bounds.removeValue(forKey: reporter) != nil {
                boundsChanged.insert(name)
            }
        }
        guard index % 20 == 0 else { return }
        for reporter in lost.unheard where forget(reporter) { book.forget(reporter) }
    }

    /// Nothing was heard of a reporter for long. Services that nobody is left to report stay known,
    /// and keep who did, as long as there is room. Whether none kept it.
    private mutating func forget(_ reporter: String) -> Bool {
        var isKept = false
        for name in services.keys {
            guard let service = services[name],
                service.clientReporters.contains(reporter)
                    || service.serverReporters.contains(reporter)
            else { continue }
            if let mine = reporters(of: name), mine.contains(where: book.isAwaited) {
                services[name]?.clientReporters.remove(reporter)
                services[name]?.serverReporters.remove(reporter)
            } else if services.count > Self.serviceLimit,
                service.clientReporters.union(service.serverReporters) == [reporter],
                pending.values.allSatisfy({ $0[name] == nil })
            {
                services[name] = nil
                isOrderStale = true
            } else {
                isKept = true
            }
        }
        return !isKept
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
