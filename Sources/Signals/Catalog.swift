// The metrics sources there are. A new one is a file here, its test, and a line below.

package import Engine

extension SignalSourceCatalog {
    package static let all = SignalSourceCatalog([
        PrometheusSource.self,
        ScrapeSource.self,
    ])
}
