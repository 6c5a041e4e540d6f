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
    /// Warnings and notes of the server, and entries that could not be used.
    var warnings: [String]

    /// - Parameter place: what was asked, for messages, e.g. `Prometheus at
    /// http://prometheus:9090`.
    init(_ response: Response, place: String) throws(Failure) {
        let type = (response.headers["Content-Type"] ?? "").lowercased()
        guard type.hasPrefix("application/json") || response.body.first == 0x7b else {
            throw Self.notJSON(response, place)
        }
        let json: JSON
        do throws(JSONError) {
            json = try JSON(parsing: response.body)
        } catch {
            if response.status != 200 { throw Self.notJSON(response, place) }
            throw Failure(.transient, "\(place): the answer is not JSON (\(error))", status: 200)
        }
        if response.status != 200 || json["status"]?.string != "success" {
            throw Self.failure(json, response, place)
        }
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
        var unread = 0
        var histograms = 0
        for entry in entries {
            guard let metric = entry["metric"]?.object else {
                unread += 1
                continue
            }
            if entry["histograms"] != nil { histograms += 1 }
            var labels: [String: String] = [:]
            labels.reserveCapacity(metric.count)
            for (name, value) in metric.members { labels[name] = value.string ?? "" }
            var samples: [Sample] = []
            for pair in entry["values"]?.array ?? [] {
                guard let sample = Self.sample(pair) else {
                    unread += 1
                    continue
                }
                samples.append(sample)
            }
            if !samples.isEmpty { series.append(Series(labels: labels, samples: samples)) }
        }
        if histograms > 0 { warnings.append("\(histograms) native histograms were not read") }
        if unread > 0 { warnings.append("\(unread) entries of the answer could not be read") }
    }

    /// `[seconds, "value"]`; times have millisecond precision.
    private static func sample(_ pair: JSON) -> Sample? {
        guard let seconds = pair[0]?.double, let text = pair[1]?.string,
            let value = Self.value(text), abs(seconds) < 9e9
        else { return nil }
        let milliseconds = Int64((seconds * 1000).rounded())
        return Sample(time: Timestamp(nanoseconds: milliseconds * 1_000_000), value: value)
    }

    private static func value(_ text: String) -> Double? {
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
