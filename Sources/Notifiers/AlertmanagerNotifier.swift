// Alertmanager's API v2. Each configured notifier is one instance of a cluster: alerts must go to
// every instance directly, never through a load balancer.

package import Core
package import Engine
package import Platform

/// Sends alerts to one Alertmanager.
package struct AlertmanagerNotifier: Notifier {
    package static let manifest = NotifierManifest(
        name: "alertmanager",
        summary: "Alertmanager API v2: write one for each instance of a cluster.",
        parameters: HTTPSink.parameters)

    /// How long a firing alert lives when nothing more is heard: four times the resend interval of
    /// one minute, as Prometheus does, so that a few lost sends resolve nothing.
    package static let lifetime = Duration.seconds(4 * 60)

    private let sink: HTTPSink
    private let externalURL: String

    package init(_ parameters: Parameters, network: any Network) throws(ConfigError) {
        sink = try HTTPSink(
            kind: Self.manifest.name, path: "/api/v2/alerts", parameters, network: network)
        externalURL = parameters.string("externalURL")
    }

    package var endpoint: String { sink.endpoint }
    package var wantsResends: Bool { true }

    /// A 400 means that some alerts were invalid; Alertmanager has still kept the valid ones.
    package func send(_ alerts: [Alert], now: Timestamp) async throws(Failure) {
        if alerts.isEmpty { return }
        try await sink.post(.array(alerts.map { json($0, now: now) }), now: now)
    }

    private func json(_ alert: Alert, now: Timestamp) -> JSON {
        // An end before the start is refused, and the wall clock may have been set back.
        let endsAt =
            alert.endsAt.map { max($0, alert.startsAt) }
            ?? max(now, alert.startsAt) + Self.lifetime
        var json: JSON = [
            "labels": alert.labelsJSON,
            "annotations": alert.annotationsJSON,
            "startsAt": .string(alert.startsAt.rfc3339),
            "endsAt": .string(endsAt.rfc3339),
        ]
        if !externalURL.isEmpty { json["generatorURL"] = .string(externalURL) }
        return json
    }
}

extension Alert {
    /// The identity, `alertname` and `severity` included.
    var labelsJSON: JSON {
        .object(.init(identity.pairs.map { ($0.name, .string($0.value)) }))
    }

    var annotationsJSON: JSON {
        .object(.init(annotations.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }
}
