import Core
import Engine
import Notifiers
import Platform
import Testing

@Suite struct WebhookNotifierTests {
    private func body(_ alerts: [Alert]) async throws -> JSON {
        let network = ScriptedNetwork(status: 200)
        try await SampleAlerts.notifier(
            "webhook",
            [
                "url": "http://hook.test/a/?b=c", "externalURL": "http://hazard.test",
                "receiver": "team",
            ], network
        ).send(alerts, now: SampleAlerts.now)
        let request = try #require(network.requests.first)
        #expect(request.url == "http://hook.test/a/?b=c", "the address is used as written")
        return try JSON(parsing: request.body)
    }

    @Test func `the body is Alertmanager's, version 4`() async throws {
        let alert = SampleAlerts.firing()
        let labels: JSON = [
            "alertname": "HazardAnomaly", "namespace": "go-app", "service": "go-app-db",
            "severity": "warning", "signal": "bad-ratio",
        ]
        let annotations: JSON = [
            "description": "0.1 % to 100 % bad", "round": "7", "summary": "Users feel it",
        ]
        let wanted: JSON = [
            "version": "4", "groupKey": "{}:{}", "truncatedAlerts": 0, "status": "firing",
            "receiver": "team", "groupLabels": [:], "commonLabels": labels,
            "commonAnnotations": annotations, "externalURL": "http://hazard.test",
            "alerts": [
                [
                    "status": "firing", "labels": labels, "annotations": annotations,
                    "startsAt": .string(alert.startsAt.rfc3339),
                    "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://hazard.test",
                    "fingerprint": .string(alert.fingerprint),
                ]
            ],
        ]
        #expect(try await body([alert]) == wanted)
    }

    @Test func `what alerts share is common, and one that fires makes the group fire`() async throws
    {
        let json = try await body([SampleAlerts.resolved("b"), SampleAlerts.firing("a")])
        #expect(json["status"] == "firing")
        #expect(json["commonLabels"]?["namespace"] == "go-app")
        #expect(json["commonLabels"]?["service"] == nil)
        #expect(json["alerts"]?.array?.map { $0["status"] } == ["firing", "resolved"])
        #expect(json["alerts"]?[1]?["endsAt"]?.string == SampleAlerts.resolved().endsAt?.rfc3339)
    }

    @Test func `only resolved alerts make a resolved group`() async throws {
        #expect(try await body([SampleAlerts.resolved()])["status"] == "resolved")
    }

    @Test func `a webhook hears each change once`() throws {
        let notifier = try SampleAlerts.notifier(
            "webhook", ["url": "http://hook"], ScriptedNetwork(status: 200))
        #expect(!notifier.wantsResends)
    }
}
