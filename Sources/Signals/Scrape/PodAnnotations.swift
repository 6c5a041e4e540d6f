// The convention by which pods say where their metrics are: annotations prometheus.io/*.

package import Core
package import Engine

extension ScrapeTarget {
    /// The target that a pod's annotations declare; nil when it does not ask to be scraped, has no
    /// address yet, or declares a port or scheme that cannot be.
    ///
    /// Read are `prometheus.io/scrape` (`true`), `port` (default 80), `path` (default `/metrics`)
    /// and `scheme` (default `http`).
    package init?(
        namespace: String, pod: String, address: String, annotations: [String: String],
        startedAt: Timestamp? = nil
    ) {
        guard annotations["prometheus.io/scrape"] == "true", !address.isEmpty else { return nil }
        let scheme = annotations["prometheus.io/scheme"] ?? "http"
        guard scheme == "http" || scheme == "https" else { return nil }
        guard let port = Int(annotations["prometheus.io/port"] ?? "80"),
            (1...65_535).contains(port)
        else { return nil }
        var path = annotations["prometheus.io/path"] ?? "/metrics"
        if !path.hasPrefix("/") { path = "/" + path }
        let host = address.contains(":") ? "[\(address)]" : address
        self.init(
            name: "\(namespace)/\(pod)", url: "\(scheme)://\(host):\(port)\(path)",
            startedAt: startedAt)
    }
}
