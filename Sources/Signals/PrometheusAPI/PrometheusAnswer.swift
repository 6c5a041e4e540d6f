// An answer of /api/v1/query taken apart: raw samples of each series, or the failure it stands for.
// It knows the envelope and the status codes, not what was asked.

import Core
import Platform

/// A matrix, with what the server said about its completeness.
struct PrometheusAnswer: Sendable, Hashable {
    struct Series: Sendable, Hashable {
        /// With `__name__` and target labels, as the server merged them.
        var labels: [String: String]
        var samples: [Sample]
    }

    var series: [Series]
    /// Native histograms of the metric that may have some.
    var histograms: [HistogramSeries] = []
    /// Series of native histograms where numbers were asked for; they were left out.
    var ignoredHistograms = 0
    /// Warnings and notes of the server, and entries that could not be used.
    var warnings: [String]

    /// - Parameters:
    ///   - place: what was asked, for messages, e.g. `Prometheus at http://prometheus:9090`.
    ///   - native: the metric (empty for an expression) whose native histograms are read; nil for
    ///     none.
    init(_ response: Response, place: String, native: String? = nil) throws(Failure) {
        let json = try Self.success(response, place)
        guard json["data"]?["resultType"]?.string == "matrix",
            let entries = json["data"]?["result"]?.array
        else {
            throw Failure(
                .rejected, "\(place): the answer is not a matrix; is this a Prometheus API?",
                status: response.status)
        }
        warnings = Self.notes(json)
        series = []
        series.reserveCapacity(entries.count)
        var damage = Damage()
        for entry in entries {
            guard let metric = entry["metric"]?.object else {
                damage.entries += 1
                continue
            }
            var labels: [String: String] = [:]
            labels.reserveCapacity(metric.count)
            for (name, value) in metric.members { labels[name] = value.string ?? "" }
            let samples = Self.samples(of: entry, &damage)
            if !samples.isEmpty { series.append(Series(labels: labels, samples: samples)) }
            guard entry["histograms"] != nil else { continue }
            if let native, labels["__name__"] ?? "" == native {
                let samples = Self.histograms(of: entry, &damage)
                histograms.append(HistogramSeries(labels: labels, samples: samples))
            } else {
                ignoredHistograms += 1
            }
        }
        warnings += damage.warnings
    }

    /// What could not be read.
    private struct Damage {
        var entries = 0
        var histograms = 0
        /// What was wrong with the first histogram.
        var reason = ""

        var warnings: [String] {
            var found: [String] = []
            if histograms > 0 {
                found.append("\(histograms) native histograms could not be read: \(reason)")
            }
            if entries > 0 { found.append("\(entries) entries of the answer could not be read") }
            return found
        }
    }

    private static func samples(of entry: JSON, _ damage: inout Damage) -> [Sample] {
        var samples: [Sample] = []
        for pair in entry["values"]?.array ?? [] {
            if let sample = sample(pair) { samples.append(sample) } else { damage.entries += 1 }
        }
        return samples
    }

    private static func histograms(
        of entry: JSON, _ damage: inout Damage
    ) -> [HistogramSample] {
        guard let pairs = entry["histograms"]?.array else {
            damage.entries += 1
            return []
        }
        var samples: [HistogramSample] = []
        for pair in pairs {
            do {
                samples.append(try histogram(pair))
            } catch {
                if damage.histograms == 0 { damage.reason = error.message }
                damage.histograms += 1
            }
        }
        return samples
    }

    /// The document of an answer that says it succeeded.
    static func success(_ response: Response, _ place: String) throws(Failure) -> JSON {
        let type = (response.headers["Content-Type"] ?? "").lowercased()
        guard type.hasPrefix("application/json") || response.body.first == 0x7b else {
            throw notJSON(response, place)
        }
        let json: JSON
        do throws(JSONError) {
            json = try JSON(parsing: response.body)
        } catch {
            if response.status != 200 { throw notJSON(response, place) }
            throw Failure(.transient, "\(place): the answer is not JSON (\(error))", status: 200)
        }
        if response.status != 200 || json["status"]?.string != "success" {
            throw failure(json, response, place)
        }
        return json
    }

    /// `[seconds, "value"]`; times have millisecond precision.
    private static func sample(_ pair: JSON) -> Sample? {
        guard let time = pair[0].flatMap(time), let text = pair[1]?.string, let value = value(text)
        else { return nil }
        return Sample(time: time, value: value)
    }

    static func time(_ json: JSON) -> Timestamp? {
        guard let seconds = json.double, abs(seconds) < 9e9 else { return nil }
        let milliseconds = Int64((seconds * 1000).rounded())
        return Timestamp(nanoseconds: milliseconds * 1_000_000)
    }

    static func value(_ text: String) -> Double? {
        switch text {
        case "NaN": .nan
        case "+Inf", "Inf": .infinity
        case "-Inf": -.infinity
        default: Double(text)
        }
    }

    private static func notes(_ json: JSON) -> [String] {
        var out = (json["warnings"]?.array ?? []).compactMap(\.string)
        // Advice about the query's text says nothing about the answer's completeness.
        out += (json["infos"]?.array ?? []).compactMap(\.string)
            .filter { !$0.hasPrefix("PromQL info") }
        // VictoriaMetrics says it this way.
        if json["isPartial"]?.bool == true { out.append("the answer is partial") }
        return out
    }

    // MARK: Failures

    private static func failure(_ json: JSON, _ response: Response, _ place: String) -> Failure {
        let type = json["errorType"]?.string ?? ""
        let message = json["error"]?.string ?? json["message"]?.string ?? "no reason given"
        var kind = kind(of: response.status)
        switch type {
        case "bad_data", "execution", "not_found", "not_acceptable": kind = .rejected
        case "timeout", "canceled", "unavailable", "internal": kind = .transient
        default: break
        }
        let name = type.isEmpty ? "HTTP \(response.status)" : type
        return Failure(
            kind, "\(place): \(name): \(message)", status: response.status,
            retryAfter: retryAfter(response))
    }

    /// A proxy's page, a login form, or plain text from a server that is not ready.
    private static func notJSON(_ response: Response, _ place: String) -> Failure {
        let said = Snippet.of(response)
        let hint: String
        switch response.status {
        case 200..<400: hint = "not a Prometheus answer; a login page or a wrong path?"
        case 401, 403: hint = "no access; check the token and the headers"
        case 404: hint = "no Prometheus API there; check the URL and its path prefix"
        default: hint = "no answer from the API"
        }
        return Failure(
            kind(of: response.status), "\(place): HTTP \(response.status), \(hint)\(said)",
            status: response.status, retryAfter: retryAfter(response))
    }

    private static func kind(of status: Int) -> Failure.Kind {
        status == 408 || status == 429 || status == 499 || status >= 500 ? .transient : .rejected
    }

    private static func retryAfter(_ response: Response) -> Duration? {
        guard let text = response.headers["Retry-After"], let seconds = Int(text), seconds >= 0
        else { return nil }
        return .seconds(min(seconds, 3600))
    }
}
