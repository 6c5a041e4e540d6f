// The PromQL that is asked: raw range selectors and nothing else, so that no server extrapolates,
// rounds or interpolates. Text only.

import Core
import Engine
import Platform

enum PrometheusQuery {
    /// Selectors whose answers together hold every series that `metric` has for the question: hosts
    /// of the namespaces, and short hosts whose namespace label says so. Disjoint.
    static func selectors(
        metric: String, namespaces: [String], range: Duration
    ) throws(Failure) -> [String] {
        guard metric.utf8.allSatisfy({ isName($0) || $0 &- 0x30 < 10 }), !metric.isEmpty else {
            throw Failure(.rejected, "\"\(metric)\" is not a metric name")
        }
        let (name, matcher) = name(of: metric)
        if namespaces.isEmpty {
            return [(name.isEmpty ? "{\(matcher)}" : name) + "[\(milliseconds(range))]"]
        }
        for namespace in namespaces {
            guard !namespace.isEmpty,
                namespace.utf8.allSatisfy({
                    $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x2d
                })
            else { throw Failure(.rejected, "\"\(namespace)\" is not a namespace's name") }
        }
        let names = namespaces.sorted().joined(separator: "|")
        let host = "\".+\\\\.(\(names))\\\\.svc.*\""
        let start = name + "{" + (matcher.isEmpty ? "" : matcher + ",") + "destination_service"
        return [
            "\(start)=~\(host)}[\(milliseconds(range))]",
            "\(start)!~\(host),destination_service_namespace=~\"\(names)\"}"
                + "[\(milliseconds(range))]",
        ]
    }

    /// The metric that holds the same as native histograms; nil for one without buckets.
    static func native(_ metric: String) -> String? {
        metric.hasSuffix("_bucket") ? String(metric.dropLast("_bucket".count)) : nil
    }

    /// The name to write before the braces, and a matcher to write in them; one of them is empty.
    /// Two whole names are looked up by servers, where another pattern would be tried on all.
    private static func name(of metric: String) -> (name: String, matcher: String) {
        guard let native = native(metric) else { return (metric, "") }
        return ("", "__name__=~\"\(native)|\(metric)\"")
    }

    /// Raw samples of a selector.
    static func samples(of selector: String, range: Duration) -> String {
        "\(selector)[\(milliseconds(range))]"
    }

    /// Liveness and process starts of every target.
    static func targets(range: Duration) -> String {
        "{__name__=~\"\(PrometheusTargets.query)\"}[\(milliseconds(range))]"
    }

    /// A form body (application/x-www-form-urlencoded).
    static func form(_ fields: [(String, String)]) -> [UInt8] {
        Array(
            fields.map { "\($0.0.percentEncoded)=\($0.1.percentEncoded)" }.joined(separator: "&")
                .utf8)
    }

    /// Seconds with exactly three decimals.
    static func time(_ instant: Timestamp) -> String {
        let milliseconds = instant.nanoseconds / 1_000_000
        let fraction = String(milliseconds % 1000 + 1000).dropFirst()
        return "\(milliseconds / 1000).\(fraction)"
    }

    private static func milliseconds(_ range: Duration) -> String {
        "\(max(1, range.nanoseconds / 1_000_000))ms"
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte == 0x5f || byte == 0x3a
    }
}
