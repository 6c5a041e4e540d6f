// What the labels of Istio's series mean.

import Core
import Testing

@Suite struct RequestSeriesTests {
    static func series(
        _ labels: [String: String], metric: String = "istio_requests_total"
    ) -> RequestSeries? {
        var all = [
            "reporter": "source", "source_workload": "repeater",
            "source_workload_namespace": "go-app",
            "destination_service": "go-app.go-app.svc.cluster.local",
        ]
        all.merge(labels) { $1 }
        return RequestSeries(
            SampleSeries(metric: metric, labels: Labels(all), reporter: "p", samples: []),
            benign: Set(JudgeSettings().benignGRPC))
    }

    @Test(arguments: [
        ("200", "", "-", RequestSeries.Outcome.good),
        ("404", "", "-", .good),
        ("429", "", "-", .good),
        ("500", "", "-", .bad),
        ("503", "", "UH", .bad),
        ("0", "", "UC", .bad),
        ("0", "", "DC", .abandoned),
        ("503", "", "FI", .injected),
        ("200", "", "DI", .good),
        ("200", "0", "-", .good),
        ("200", "14", "-", .bad),
        ("200", "5", "-", .good),
        ("200", "2", "-", .bad),
        ("200", "16", "-", .good),
        ("", "", "", .good),
        ("503", "", "UF,URX", .bad),
    ])
    func outcomes(code: String, grpc: String, flags: String, outcome: RequestSeries.Outcome) {
        let found = Self.series([
            "response_code": code, "grpc_response_status": grpc, "response_flags": flags,
        ])
        #expect(found?.outcome == outcome)
        #expect(found?.delayed == (flags == "DI"))
    }

    @Test func theServiceSurvivesWhenThePeerIsGone() {
        let found = Self.series([
            "response_code": "503", "response_flags": "UF,URX", "destination_workload": "unknown",
            "destination_service_namespace": "unknown",
        ])
        #expect(found?.service == ServiceRef(namespace: "go-app", name: "go-app"))
        #expect(found?.flags == ["UF", "URX"])
        #expect(found?.workload == nil)
        #expect(found?.edge.description == "repeater -> go-app")
    }

    @Test func shortHostsAndPorts() {
        #expect(
            Self.series(["destination_service": "db", "destination_service_namespace": "a"])?
                .service
                == ServiceRef(namespace: "a", name: "db"))
        #expect(
            Self.series(["destination_service": "db.a.svc.cluster.local:80"])?.service
                == ServiceRef(namespace: "a", name: "db"))
        #expect(
            Self.series(["destination_service": "unknown", "destination_service_name": "db"])?
                .service
                == ServiceRef(namespace: "", name: "db"))
        #expect(Self.series(["destination_service": "unknown"]) == nil)
    }

    @Test func othersAreIgnored() {
        #expect(Self.series([:], metric: "go_goroutines") == nil)
        #expect(Self.series(["reporter": "someone"]) == nil)
    }

    @Test func connectionsAndBytes() {
        let opened = Self.series(
            ["response_flags": "UF"], metric: "istio_tcp_connections_opened_total")
        #expect(opened?.kind == .connections && opened?.outcome == .bad)
        let bytes = Self.series(["response_flags": "-"], metric: "istio_tcp_sent_bytes_total")
        #expect(bytes?.kind == .bytes && bytes?.outcome == .good)
    }
}
