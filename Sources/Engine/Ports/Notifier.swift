// The port for alert sinks. Queueing, retries and resending are the courier's business.

package import Core
package import Platform

/// What a kind of notifier is.
package struct NotifierManifest: Sendable, Hashable {
    package var name: String
    package var summary: String
    package var parameters: [ParameterSpec]
    package init(name: String, summary: String, parameters: [ParameterSpec]) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
    }
}

/// One configured alert sink, e.g. one Alertmanager instance.
package protocol Notifier: Sendable {
    static var manifest: NotifierManifest { get }

    init(_ parameters: Parameters, network: any Network) throws(ConfigError)

    /// A short name for logs and metric labels, without secrets, e.g. `alertmanager
    /// http://am-0:9093`.
    var endpoint: String { get }
    /// Whether the sink wants firing alerts again and again (Alertmanager), or each change once.
    var wantsResends: Bool { get }
    /// Sends a batch once. A batch holds at most one alert for each identity. `now` decides endsAt.
    func send(_ alerts: [Alert], now: Timestamp) async throws(Failure)
}

/// All known kinds of notifiers, by name.
package struct NotifierCatalog: Sendable {
    package let kinds: [String: any Notifier.Type]

    package init(_ types: [any Notifier.Type]) {
        kinds = Dictionary(types.map { ($0.manifest.name, $0) }, uniquingKeysWith: { $1 })
    }

    package var manifests: [NotifierManifest] {
        kinds.values.map { $0.manifest }.sorted { $0.name < $1.name }
    }

    package func make(
        _ kind: String, _ parameters: Parameters, network: any Network
    ) throws(ConfigError) -> any Notifier {
        guard let type = kinds[kind] else {
            throw ConfigError(
                message: "unknown notifier \"\(kind)\"",
                fix: "known: " + kinds.keys.sorted().joined(separator: ", "))
        }
        return try type.init(parameters, network: network)
    }
}
