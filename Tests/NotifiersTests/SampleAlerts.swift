// Alerts as the alert book makes them, and notifiers as a configuration makes them.

import Core
import Engine
import Notifiers
import Platform

enum SampleAlerts {
    static let now = Timestamp(nanoseconds: 1_800_000_000_000_000_000)

    static func firing(
        _ service: String = "go-app-db", since: Timestamp = now - .seconds(30)
    ) -> Alert {
        Alert(
            name: .anomaly, severity: .warning,
            labels: ["namespace": "go-app", "service": service, "signal": "bad-ratio"],
            annotations: [
                "summary": "Users feel it", "description": "0.1 % to 100 % bad", "round": "7",
            ], startsAt: since)
    }

    static func resolved(_ service: String = "go-app-db") -> Alert {
        var alert = firing(service)
        alert.endsAt = now - .seconds(1)
        return alert
    }

    /// A notifier of `kind` with these parameters over its defaults.
    static func notifier(
        _ kind: String, _ parameters: JSON, _ network: any Network
    ) throws(ConfigError) -> any Notifier {
        let specs = NotifierCatalog.all.kinds[kind]?.manifest.parameters ?? []
        let checked = try Parameters(
            ConfigNode(json: parameters), specs: specs, path: "notifiers[0]")
        return try NotifierCatalog.all.make(kind, checked, network: network)
    }
}
