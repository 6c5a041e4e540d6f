// A metrics source that needs no server: it scrapes the pods itself and remembers a bounded window
// of raw samples. Which pods, its TargetProvider says.

package import Core
package import Engine
package import Platform

/// The daemon's own scrape.
package actor ScrapeSource: ConfigurableSignalSource {
    /// What can be set.
    package struct Settings: Sendable {
        package var interval: Duration
        /// Sample names to keep; a question about others is refused.
        package var metrics: [String]
        /// Scrapes at the same time.
        package var concurrency: Int
        /// How long samples are remembered; at least four intervals.
        package var history: Duration
        package var limits: ExpositionLimits
        /// The most series of one target.
        package var seriesLimit: Int

        package init(
            interval: Duration,
            metrics: [String] = Signal.metrics(of: Signal.allCases),
            concurrency: Int = 16, history: Duration = .seconds(120),
            limits: ExpositionLimits = ExpositionLimits(), seriesLimit: Int = 20_000
        ) {
            self.interval = interval
            self.metrics = metrics
            self.concurrency = max(1, concurrency)
            self.history = max(history, interval * 4)
            self.limits = limits
            self.seriesLimit = seriesLimit
        }
    }

    package nonisolated let interval: Duration
    private let settings: Settings
    private let provider: any TargetProvider
    private let clock: any WallClock
    private let network: any Network
    private let schedule: ScrapeSchedule

    private var histories: [String: TargetHistory] = [:]
    /// Names of the targets of the last refresh, sorted.
    private var current: [String] = []
    /// Why the targets are unknown; nil when they are known.
    private var targetFailure: Failure?
    private var isRefreshed = false
    /// When the targets are asked for again, on the clock that never jumps.
    private var nextRefresh = Duration.zero
    /// Scrapes under way, by target, and when each started.
    private var inFlight: [String: Timestamp] = [:]
    private var due: [String: Duration] = [:]
    private var waiting: [String] = []
    private var workers = 0

    package init(
        _ settings: Settings, targets: any TargetProvider, clock: any WallClock,
        network: any Network
    ) {
        self.settings = settings
        interval = settings.interval
        provider = targets
        self.clock = clock
        self.network = network
        schedule = ScrapeSchedule(interval: settings.interval)
    }

    // MARK: Reading

    package func read(_ question: Question) async throws(Failure) -> Reading {
        let metrics = Set(question.metrics)
        var unread: [String: String] = [:]
        for metric in question.mostNeededFirst where !settings.metrics.contains(metric) {
            let reason =
                "the scrape does not keep metric \(metric); add it to the source's metrics"
            if metric == question.mostNeededFirst.first { throw Failure(.rejected, reason) }
            unread[metric] = reason
        }
        if let targetFailure { throw targetFailure }
        guard isRefreshed else {
            throw Failure(.transient, "no scrape was started yet; wait one interval")
        }
        let known = current.compactMap { histories[$0] }
        let attempted = known.filter { $0.lastAttempt != nil }
        if !known.isEmpty {
            if attempted.isEmpty {
                throw Failure(.transient, "no scrape has ended yet; wait one interval")
            }
            if attempted.allSatisfy({ $0.failure != nil }) {
                let first = attempted[0]
                throw Failure(
                    .transient,
                    "all \(attempted.count) targets fail; \(first.target.name) at "
                        + "\(first.target.url): \(first.failure ?? "")")
            }
        }
        var series: [SampleSeries] = []
        for name in histories.keys.sorted() {
            series += histories[name]?.series(for: question, kept: metrics) ?? []
        }
        var reading = Reading(
            series: series, reporters: known.map(\.reporter), completeUntil: completeUntil,
            warnings: warnings(known))
        reading.unread = unread
        reading.answers = question.queries.flatMap { query in
            query.expressions.map {
                QueryAnswer(
                    service: query.service, key: $0.key,
                    content: .failed(
                        "the own scrape evaluates no PromQL; use signals: {kind: prometheus}"))
            }
        }
        return reading
    }

    /// A scrape under way may still bring samples at its start; later ones start later than now.
    private var completeUntil: Timestamp {
        guard let oldest = inFlight.values.min() else { return clock.now }
        return min(clock.now, oldest - .nanoseconds(1))
    }

    /// Only what makes the samples themselves doubtful. A target that does not answer is no
    /// warning: its reporter's last scrape tells it, and a pod that was killed must not blind the
    /// whole window.
    private func warnings(_ known: [TargetHistory]) -> [String] {
        if known.isEmpty { return ["no pod asks to be scraped (annotation prometheus.io/scrape)"] }
        return Self.bounded(
            known.flatMap { history in history.warnings.map { "\(history.target.name): \($0)" } })
    }

    /// Targets whose last scrape failed, in sentences, for logs.
    package var failures: [String] {
        Self.bounded(
            current.compactMap { name in
                guard let history = histories[name], let failure = history.failure else {
                    return nil
                }
                return "scrape of \(name) at \(history.target.url) failed: \(failure)"
            })
    }

    private static func bounded(_ all: [String]) -> [String] {
        let shown = 8
        return all.count <= shown
            ? all : all.prefix(shown) + ["and \(all.count - shown) more"]
    }

    // MARK: Scraping

    /// Scrapes every target once, now. For tests and for simulations that own the rhythm.
    package func scrapeOnce() async {
        await refresh()
        let names = current
        await withTaskGroup(of: Void.self) { group in
            for (index, name) in names.enumerated() {
                if index >= settings.concurrency { await group.next() }
                group.addTask { await self.scrape(name) }
            }
        }
    }

    /// Scrapes each target once an interval until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                if nextRefresh <= clock.uptime { await refresh() }
                let now = clock.uptime
                for name in current where (due[name] ?? now) <= now {
                    // A slot that was missed is not made up for.
                    due[name] = schedule.next(of: name, from: now + .nanoseconds(1))
                    if inFlight[name] != nil || waiting.contains(name) { continue }
                    waiting.append(name)
                    if workers < settings.concurrency {
                        workers += 1
                        group.addTask { await self.work() }
                    }
                }
                do throws(Failure) {
                    try await clock.sleep(for: untilNextDue)
                } catch {
                    break
                }
            }
            group.cancelAll()
        }
        waiting = []
    }

    private var untilNextDue: Duration {
        let now = clock.uptime
        let next = min(current.compactMap { due[$0] }.min() ?? nextRefresh, nextRefresh)
        return max(.milliseconds(1), min(next - now, interval))
    }

    /// Scrapes what waits until nothing does.
    private func work() async {
        while !waiting.isEmpty, !Task.isCancelled { await scrape(waiting.removeFirst()) }
        workers -= 1
    }

    private func refresh() async {
        nextRefresh = clock.uptime + interval
        let targets: [ScrapeTarget]
        do throws(Failure) {
            targets = try await provider.targets()
        } catch {
            if error.kind == .cancelled { return }
            targetFailure = Failure(
                error.kind, "the scrape's targets are unknown: \(error.message)",
                status: error.status)
            return
        }
        targetFailure = nil
        isRefreshed = true
        current = Set(targets.map(\.name)).sorted()
        for target in targets {
            if histories[target.name] == nil {
                histories[target.name] = TargetHistory(
                    target: target,
                    settings: .init(
                        metrics: settings.metrics, history: settings.history,
                        limits: settings.limits, seriesLimit: settings.seriesLimit))
            }
            histories[target.name]?.target = target
            if due[target.name] == nil {
                due[target.name] = schedule.next(of: target.name, from: clock.uptime)
            }
        }
        forgetVanished()
    }

    /// The last samples of a vanished target stay readable for a while: they are the last that was
    /// heard of a killed pod.
    private func forgetVanished() {
        let kept = Set(current)
        let oldest = clock.now - settings.history
        for name in histories.keys.sorted() where !kept.contains(name) {
            due[name] = nil
            if (histories[name]?.lastAttempt ?? oldest) <= oldest { histories[name] = nil }
        }
    }

    private func scrape(_ name: String) async {
        guard let target = histories[name]?.target, inFlight[name] == nil else { return }
        let start = clock.now
        inFlight[name] = start
        defer { inFlight[name] = nil }
        do throws(Failure) {
            let response = try await network.exchange(request(target))
            histories[name]?.ingest(response, at: start)
        } catch {
            if error.kind != .cancelled { histories[name]?.fail(error.message, at: start) }
        }
    }

    /// Asks as Prometheus 3 does. Compression is the network's business.
    private func request(_ target: ScrapeTarget) -> Request {
        let deadline = min(.seconds(10), interval)
        return Request(
            "GET", target.url,
            headers: [
                "Accept":
                    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                    + "application/openmetrics-text;version=0.0.1;q=0.5,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                    + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                "X-Prometheus-Scrape-Timeout-Seconds": "\(deadline.inSeconds)",
            ],
            deadline: deadline, bodyLimit: settings.limits.bodyBytes)
    }
}

extension ScrapeSource {
    package static let manifest = SignalSourceManifest(
        name: "scrape",
        summary: "Scrapes pods that carry prometheus.io annotations; needs no metrics server.",
        parameters: [
            ParameterSpec(
                "interval", .duration(.milliseconds(100)...(.seconds(300))), default: "15s",
                "How often each pod is scraped."),
            ParameterSpec(
                "metrics", .string,
                default: Signal.metrics(of: Signal.allCases).joined(separator: ","),
                "Names of the metrics to keep, separated by commas."),
            ParameterSpec(
                "concurrency", .integer(1...256), default: "16", "Scrapes at the same time."),
            ParameterSpec(
                "history", .duration(.seconds(1)...(.seconds(3600))), default: "2m",
                "How long samples are remembered; at least four intervals."),
            ParameterSpec(
                "bodyLimit", .integer(1024...(1 << 30)), default: "\(10 << 20)",
                "The largest answer of a pod in bytes."),
            ParameterSpec(
                "sampleLimit", .integer(1...10_000_000), default: "100000",
                "The most samples of a pod that are kept from one scrape."),
        ],
        permissions: [
            Permission(group: "", resource: "pods", verbs: ["get", "list", "watch"])
        ])

    package init(
        _ parameters: Parameters, _ context: SignalSourceContext
    ) throws(ConfigError) {
        guard let targets = context.targets else {
            throw ConfigError(
                path: parameters.path, message: "the scrape has no cluster to find pods in",
                fix: "use a Prometheus source")
        }
        let metrics = parameters.string("metrics").split(separator: ",").map {
            String($0.filter { $0 != " " })
        }
        guard !metrics.isEmpty else {
            throw ConfigError(
                path: parameters.path + ".metrics", message: "no metric is named",
                fix: "leave it out, or write e.g. istio_requests_total")
        }
        let limits = ExpositionLimits(
            bodyBytes: parameters.integer("bodyLimit"), samples: parameters.integer("sampleLimit"))
        self.init(
            Settings(
                interval: parameters.duration("interval"), metrics: metrics,
                concurrency: parameters.integer("concurrency"),
                history: parameters.duration("history"), limits: limits),
            targets: targets, clock: context.clock, network: context.network)
    }
}
