// A metrics source over Prometheus' HTTP API: raw samples by range selectors, so that counters are
// read as they were scraped. It knows Prometheus, Thanos, Mimir and VictoriaMetrics.

package import Core
package import Engine
package import Platform

/// An existing Prometheus, or a server that speaks its query API.
package actor PrometheusSource: ConfigurableSignalSource {
    /// What can be set.
    package struct Settings: Sendable {
        /// Without `/api/v1`, e.g. `http://prometheus.istio-system:9090`.
        package var url: String
        /// The server's scrape interval.
        package var interval: Duration
        package var flavor: PrometheusFlavor
        /// Sent with each request, e.g. `X-Scope-OrgID`.
        package var headers: Headers
        /// Samples are asked for at least this far back.
        package var lookback: Duration
        /// How far back a first start learns from the server's memory; zero: not at all.
        package var history: Duration
        /// Tries of one request, the first included.
        package var attempts: Int
        package var tls: TLSSettings?

        package init(
            url: String, interval: Duration, flavor: PrometheusFlavor = .prometheus,
            headers: Headers = Headers(), lookback: Duration = .seconds(120),
            history: Duration = .seconds(7 * 86_400), attempts: Int = 3,
            tls: TLSSettings? = nil
        ) {
            self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
            self.interval = interval
            self.flavor = flavor
            self.headers = headers
            self.lookback = max(lookback, interval * 4)
            self.history = history
            self.attempts = max(1, attempts)
            self.tls = tls
        }
    }

    package nonisolated let interval: Duration
    let settings: Settings
    let clock: any WallClock
    private let network: any Network
    /// The bearer token, read again for each request because it rotates; nil when there is none.
    private let token: (@Sendable () async throws(Failure) -> String)?
    private var jitter: RandomStream
    private var lags = LagEstimate()
    private var histograms = NativeHistograms()
    /// How far the server's clock is ahead of ours, by the last answer; nil when it is not.
    private var skew: Duration?

    package init(
        _ settings: Settings, clock: any WallClock, network: any Network, seed: UInt64,
        token: (@Sendable () async throws(Failure) -> String)? = nil
    ) {
        self.settings = settings
        interval = settings.interval
        self.clock = clock
        self.network = network
        self.token = token
        jitter = RandomStream(seed: RandomStream.fork(seed, "prometheus " + settings.url))
    }

    /// The 95th percentile of how far the server's newest samples were behind; nil before a
    /// reading.
    package var lag: Duration? { lags.percentile95 }

    package func read(_ question: Question) async throws(Failure) -> Reading {
        let giveUp = clock.uptime + interval
        // Samples that arrived late stand before `since`, so the range reaches further back.
        let missing = question.until - question.since + (lags.percentile95 ?? .zero) + interval
        let range = max(missing, settings.lookback)
        skew = nil
        let liveness = try await ask(
            PrometheusQuery.targets(range: range), at: question.until, giveUp)
        var targets = PrometheusTargets(liveness)
        var warnings = liveness.warnings
        var found: [SampleSeries] = []
        var unread: [String: String] = [:]
        for metric in question.mostNeededFirst {
            do throws(Failure) {
                let answers = try await samples(of: metric, question, range: range, giveUp)
                let partial = answers.flatMap(\.warnings)
                if metric == question.mostNeededFirst.first {
                    warnings += partial
                } else if let first = partial.first {
                    unread[metric] = "the answer for \(metric) is incomplete: \(first)"
                    continue
                }
                let read = series(of: metric, answers, question, &targets)
                found += read.series
                if let problem = read.problem { unread[metric] = problem }
            } catch {
                // Without requests there is nothing to say; without the others there is less.
                if metric == question.mostNeededFirst.first || error.kind == .cancelled {
                    throw error
                }
                unread[metric] = error.message
            }
        }
        found = found.filter { question.covers($0.labels) }
        warnings += complaints(targets)
        let newest = targets.targets.compactMap(\.lastScrape).max()
        if let newest { lags.add(clock.now - newest) }
        let behind = lags.percentile95 ?? interval
        var reading = Reading(
            series: Self.deduplicated(found), reporters: targets.reporters(interval: interval),
            completeUntil: min(question.until, clock.now - behind),
            warnings: Self.distinct(warnings))
        reading.unread = unread
        for query in question.queries {
            reading.answers += try await answers(
                to: query, question, until: reading.completeUntil, range: range, &targets, giveUp)
        }
        return reading
    }

    /// The answers that hold every series of a metric.
    private func samples(
        of metric: String, _ question: Question, range: Duration, _ giveUp: Duration
    ) async throws(Failure) -> [PrometheusAnswer] {
        var answers: [PrometheusAnswer] = []
        for selector in try PrometheusQuery.selectors(
            metric: metric, namespaces: question.namespaces, range: range)
        {
            answers.append(
                try await ask(
                    selector, at: question.until, giveUp, native: PrometheusQuery.native(metric)))
        }
        return answers
    }

    /// The series of a metric, native histograms as buckets; `problem` says why they cannot be
    /// judged.
    private func series(
        of metric: String, _ answers: [PrometheusAnswer], _ question: Question,
        _ targets: inout PrometheusTargets
    ) -> (series: [SampleSeries], problem: String?) {
        var numbers: [SampleSeries] = []
        var histograms: [NativeSeries] = []
        let native = PrometheusQuery.native(metric)
        for answer in answers {
            for series in answer.series where series.labels["__name__"] != native {
                numbers.append(targets.split(series))
            }
            for series in answer.histograms {
                let identity = targets.split(.init(labels: series.labels, samples: []))
                guard question.covers(identity.labels) else { continue }
                histograms.append(
                    NativeSeries(
                        key: series.labels.hashValue, identity: identity, samples: series.samples))
            }
        }
        guard native != nil else { return (numbers, nil) }
        return self.histograms.merge(classic: numbers, native: histograms)
    }

    /// What makes all of an answer doubtful although the server gave it: nothing was scraped, or
    /// the clock is not ours.
    private func complaints(_ targets: PrometheusTargets) -> [String] {
        var found: [String] = []
        if targets.targets.isEmpty {
            found.append(
                "\(place) has scraped no target lately; is it the right server or tenant?")
        }
        let size = skew.map { max($0, .zero - $0) } ?? .zero
        if let skew, size > max(interval, .seconds(2)) {
            let side = skew < .zero ? "behind" : "ahead of"
            found.append(
                "the clock of \(place) is \(size.human) \(side) ours, so its samples "
                    + "cannot be set against strikes; synchronise both clocks")
        }
        return found
    }

    // MARK: Asking

    var place: String { "\(settings.flavor.rawValue) at \(settings.url)" }

    /// One query, tried again while that may help and time is left.
    func ask(
        _ query: String, at time: Timestamp, _ giveUp: Duration, native: String? = nil
    ) async throws(Failure) -> PrometheusAnswer {
        try await ask(
            "query", [("query", query), ("time", PrometheusQuery.time(time))], giveUp, native)
    }

    /// Asks for the values of an expression at `start`, `start + step` and so on up to `end`.
    func ask(
        _ query: String, from start: Timestamp, to end: Timestamp, step: Duration,
        _ giveUp: Duration, native: String? = nil
    ) async throws(Failure) -> PrometheusAnswer {
        try await ask(
            "query_range",
            [
                ("query", query), ("start", PrometheusQuery.time(start)),
                ("end", PrometheusQuery.time(end)), ("step", "\(step.inSeconds)"),
            ], giveUp, native)
    }

    private func ask(
        _ path: String, _ fields: [(String, String)], _ giveUp: Duration, _ native: String?
    ) async throws(Failure) -> PrometheusAnswer {
        var attempt = 1
        while true {
            let left = giveUp - clock.uptime
            do throws(Failure) {
                return try PrometheusAnswer(
                    await askOnce(path, fields, deadline: min(.seconds(10), left)), place: place,
                    native: native)
            } catch {
                let pause = max(backoff(attempt), error.retryAfter ?? .zero)
                guard attempt < settings.attempts, Self.isWorthRetrying(error),
                    clock.uptime + pause < giveUp
                else { throw error }
                try await clock.sleep(for: pause)
                attempt += 1
            }
        }
    }

    func askOnce(
        _ path: String, _ own: [(String, String)], deadline: Duration
    ) async throws(Failure) -> Response {
        guard deadline > .zero else {
            throw Failure(.transient, "\(place): no answer within one interval (\(interval.human))")
        }
        var headers = settings.headers
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["Accept"] = "application/json"
        if let token { headers["Authorization"] = "Bearer " + (try await token()) }
        let fields =
            own + [("timeout", "\(max(1, deadline.nanoseconds / 1_000_000))ms")]
            + settings.flavor.fields
        let asked = clock.now
        let response = try await network.exchange(
            Request(
                "POST", settings.url + "/api/v1/" + path, headers: headers,
                body: PrometheusQuery.form(fields), deadline: deadline, tls: settings.tls))
        skew = HTTPDate.skew(response.headers["Date"], asked: asked, answered: clock.now)
        return response
    }

    /// Only what a moment may mend: overload, a restart, a broken connection.
    private static func isWorthRetrying(_ failure: Failure) -> Bool {
        guard failure.kind == .transient else { return false }
        guard let status = failure.status else { return true }
        return [429, 502, 503, 504].contains(status)
    }

    /// A quarter of a second, doubled each time, times 0.5 to 1.5.
    private func backoff(_ attempt: Int) -> Duration {
        .inSeconds(0.25 * Double(1 << min(attempt - 1, 6)) * (0.5 + jitter.unit()))
    }

    // MARK: Answers

    /// One series for each (metric, labels, reporter). Replicas of a server give the same counter
    /// twice, at their own times: one replica is kept, since mixing clocks could look like a reset.
    static func deduplicated(_ all: [SampleSeries]) -> [SampleSeries] {
        let sorted = all.sorted {
            ($0.reporter, $0.metric) != ($1.reporter, $1.metric)
                ? ($0.reporter, $0.metric) < ($1.reporter, $1.metric) : $0.labels < $1.labels
        }
        var out: [SampleSeries] = []
        for series in sorted {
            if let last = out.last, last.reporter == series.reporter,
                last.metric == series.metric, last.labels == series.labels
            {
                // The first in the server's order stays, unless it misses half of the samples.
                if last.samples.count * 2 < series.samples.count { out[out.count - 1] = series }
            } else {
                out.append(series)
            }
        }
        return out
    }

    private static func distinct(_ warnings: [String]) -> [String] {
        var seen: Set<String> = []
        return Array(warnings.filter { seen.insert($0).inserted }.prefix(16))
    }
}
