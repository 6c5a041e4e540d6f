// The places where the team's own alerts can be read. A new one is a file here, its test, and a
// line below.

package import Core
package import Engine

extension AlertHistoryCatalog {
    package static let all = AlertHistoryCatalog([
        AlertmanagerAlerts.self,
        PrometheusAlerts.self,
    ])

    /// What a configuration may write under `alertHistory`: the kinds, and `none`.
    package static var specs: [String: [ParameterSpec]] {
        var specs = all.kinds.mapValues { $0.manifest.parameters }
        specs["none"] = []
        return specs
    }

    /// The history that a configuration asks for: the one it names, or the Prometheus that the
    /// signals are read from; nil when there is none.
    package static func make(
        _ choice: PluginChoice?, signals: PluginChoice, _ context: SignalSourceContext
    ) throws(ConfigError) -> (any AlertHistory)? {
        if let choice {
            return choice.kind == "none"
                ? nil : try all.make(choice.kind, choice.parameters, context)
        }
        guard signals.kind == PrometheusSource.manifest.name else { return nil }
        var shared = JSON.object(.init())
        for spec in PrometheusAlerts.manifest.parameters {
            let value = signals.parameters.string(spec.name)
            if !value.isEmpty { shared[spec.name] = .string(value) }
        }
        let parameters = try Parameters(
            ConfigNode(json: shared), specs: PrometheusAlerts.manifest.parameters,
            path: signals.parameters.path)
        return try PrometheusAlerts(parameters, context)
    }
}
