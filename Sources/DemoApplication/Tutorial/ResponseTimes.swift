// The application's own metric: the histogram http_server_resp_time, in seconds.

import Core
package import Platform

/// One histogram with the labels service, code, method and path.
package final class ResponseTimes: Sendable {
    private struct Key: Hashable, Comparable {
        var code: Int
        var method: String
        var path: String

        static func < (left: Self, right: Self) -> Bool {
            (left.path, left.method, left.code) < (right.path, right.method, right.code)
        }
    }

    private struct Series {
        var buckets = [Int](repeating: 0, count: ResponseTimes.bounds.count + 1)
        var seconds = 0.0
    }

    /// Upper bounds in seconds: the defaults of Prometheus client libraries.
    static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Series that are kept: a scanner that asks for many paths cannot fill the memory.
    private static let limit = 256

    private let service: String
    private let series = Lock([Key: Series]())

    package init(service: String) { self.service = service }

    package func observe(code: Int, method: String, path: String, duration: Duration) {
        let seconds = duration.inSeconds
        // What was not found is one series, or each path would be its own.
        let key = Key(code: code, method: method, path: code == 404 ? "other" : path)
        series.withLock { series in
            guard series[key] != nil || series.count < Self.limit else { return }
            let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
            series[key, default: Series()].buckets[bucket] += 1
            series[key, default: Series()].seconds += seconds
        }
    }

    /// The page `/metrics`: text 0.0.4, or OpenMetrics 1.0 if that is wanted and accepted.
    package func page(for request: Request, openMetrics: Bool) -> Response {
        let accepted = request.headers["Accept"]?.contains("application/openmetrics-text") ?? false
        let open = openMetrics && accepted
        let type =
            open
            ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
            : "text/plain; version=0.0.4; charset=utf-8"
        return Response(
            status: 200, contentType: type, text: exposition(openMetrics: open))
    }

    private func exposition(openMetrics: Bool) -> String {
        let name = "http_server_resp_time"
        var text = "# HELP \(name) HTTP response times in seconds.\n# TYPE \(name) histogram\n"
        for (key, value) in series.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            let labels =
                "service=\"\(service)\",code=\"\(key.code)\",method=\"\(escaped(key.method))\","
                + "path=\"\(escaped(key.path))\""
            var total = 0
            for (index, count) in value.buckets.enumerated() {
                total += count
                let bound = index < Self.bounds.count ? Self.bounds[index] : .infinity
                let le =
                    bound == .infinity ? "+Inf" : openMetrics ? "\(bound)" : bound.exposition
                text += "\(name)_bucket{\(labels),le=\"\(le)\"} \(total)\n"
            }
            text += "\(name)_sum{\(labels)} \(value.seconds.exposition)\n"
            text += "\(name)_count{\(labels)} \(total)\n"
        }
        return openMetrics ? text + "# EOF\n" : text
    }

    private func escaped(_ value: String) -> String {
        String(value.map { $0 == "\"" || $0 == "\\" || $0.isNewline ? "_" : $0 })
    }
}
