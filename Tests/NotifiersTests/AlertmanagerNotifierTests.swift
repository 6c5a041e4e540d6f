import Core
import Engine
import Notifiers
import Platform
import Testing

@Suite struct AlertmanagerNotifierTests {
    private func posted(
        _ alert: Alert, _ parameters: JSON = ["url": "http://am:9093/"],
        now: Timestamp = SampleAlerts.now
    ) async throws -> (url: String, alert: JSON) {
        let network = ScriptedNetwork(status: 200)
        try await SampleAlerts.notifier("alertmanager", parameters, network)
            .send([alert], now: now)
        let request = try #require(network.requests.first)
        return (request.url, try #require(JSON(parsing: request.body)[0]))
    }

    @Test func `a firing alert ends four minutes from now`() async throws {
        let alert = SampleAlerts.firing()
        let (url, json) = try await posted(alert)
        #expect(url == "http://am:9093/api/v2/alerts")
        #expect(json["startsAt"]?.string == alert.startsAt.rfc3339)
        #expect(json["endsAt"]?.string == (SampleAlerts.now + .seconds(240)).rfc3339)
        #expect(
            json["labels"] == [
                "alertname": "HazardAnomaly", "namespace": "go-app", "service": "go-app-db",
                "severity": "warning", "signal": "bad-ratio",
            ])
        #expect(json["annotations"]?["round"] == "7")
        #expect(json["generatorURL"] == nil)
    }

    @Test func `a later send moves only the end`() async throws {
        let alert = SampleAlerts.firing()
        let (_, first) = try await posted(alert)
        var (_, second) = try await posted(alert, now: SampleAlerts.now + .seconds(60))
        #expect(second["endsAt"]?.string == (SampleAlerts.now + .seconds(300)).rfc3339)
        second["endsAt"] = first["endsAt"]
        #expect(first == second)
    }

    @Test func `a resolved alert ends when it ended`() async throws {
        let alert = SampleAlerts.resolved()
        let (_, json) = try await posted(alert)
        #expect(json["endsAt"]?.string == alert.endsAt?.rfc3339)
    }

    @Test func `an end is never before the start, even when the clock was set back`() async throws {
        var alert = SampleAlerts.firing(since: SampleAlerts.now + .seconds(3600))
        var (_, json) = try await posted(alert)
        #expect(json["endsAt"]?.string == (alert.startsAt + .seconds(240)).rfc3339)
        alert.endsAt = SampleAlerts.now
        (_, json) = try await posted(alert)
        #expect(json["endsAt"]?.string == alert.startsAt.rfc3339)
    }

    @Test func `a prefix, a query and a link are kept`() async throws {
        let (url, json) = try await posted(
            SampleAlerts.firing(),
            [
                "url": "https://am.test/team/?tenant=a", "externalURL": "http://hazard.test",
            ])
        #expect(url == "https://am.test/team/api/v2/alerts?tenant=a")
        #expect(json["generatorURL"] == "http://hazard.test")
    }

    @Test func `Alertmanager wants firing alerts again and again`() throws {
        let notifier = try SampleAlerts.notifier(
            "alertmanager", ["url": "http://am"], ScriptedNetwork(status: 200))
        #expect(notifier.wantsResends)
    }
}
