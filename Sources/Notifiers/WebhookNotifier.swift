// The webhook body of Alertmanager (version 4), which chat bots, ticket systems and incident tools
// already understand. Each change of an alert is sent once.

package import Core
package import Engine
package import Platform

/// Sends alerts to one HTTP address.
package struct WebhookNotifier: Notifier {
    package static let manifest = NotifierManifest(
        name: "webhook",
        summary: "Any receiver of Alertmanager's webhook (body version 4).",
        parameters: HTTPSink.parameters + [
            ParameterSpec("receiver", .string, default: "hazard", "the receiver's name in the body")
        ])

    private let sink: HTTPSink
    private let externalURL: String
    private let receiver: String

    package init(_ parameters: Parameters, network: any Network) throws(ConfigError) {
        sink = try HTTPSink(
            kind: Self.manifest.name, path: "", pathIsSecret: true, parameters, network: network)
        externalURL = parameters.string("externalURL")
        receiver = parameters.string("receiver")
    }

    package var endpoint: String { sink.endpoint }
    package var wantsResends: Bool { false }

    package func send(_ alerts: [Alert], now: Timestamp) async throws(Failure) {
        if alerts.isEmpty { return }
        try await sink.post(body(alerts.sorted { $0.identity < $1.identity }), now: now)
    }

    private func body(_ alerts: [Alert]) -> JSON {
        [
            "version": "4",
            // One group of everything: an empty route and no grouping labels.
            "groupKey": "{}:{}",
            "truncatedAlerts": 0,
            "status": alerts.contains(where: \.isFiring) ? "firing" : "resolved",
            "receiver": .string(receiver),
            "groupLabels": [:],
            "commonLabels": common(alerts.map(\.labelsJSON)),
            "commonAnnotations": common(alerts.map(\.annotationsJSON)),
            "externalURL": .string(externalURL),
            "alerts": .array(alerts.map(json)),
        ]
    }

    private func json(_ alert: Alert) -> JSON {
        [
            "status": alert.isFiring ? "firing" : "resolved",
            "labels": alert.labelsJSON,
            "annotations": alert.annotationsJSON,
            "startsAt": .string(alert.startsAt.rfc3339),
            // While firing, Alertmanager writes Go's zero time.
            "endsAt": .string(alert.endsAt?.rfc3339 ?? "0001-01-01T00:00:00Z"),
            "generatorURL": .string(externalURL),
            "fingerprint": .string(alert.fingerprint),
        ]
    }

    /// The members that all objects share.
    private func common(_ objects: [JSON]) -> JSON {
        let members = objects.first?.object?.members ?? []
        return .object(
            .init(
                members.filter { member in objects.allSatisfy { $0[member.key] == member.value } }
                    .map { ($0.key, $0.value) }))
    }
}
