import Core
import Testing
import Web

@Suite struct ExpositionTests {
    @Test(arguments: MetricFormat.allCases)
    func `a body breaks no rule of its format`(format: MetricFormat) {
        let body = exposition(SampleHistory.input(), format: format)
        #expect(ExpositionChecker(body, format).problems == [])
    }

    @Test(arguments: MetricFormat.allCases)
    func `an empty daemon's body breaks no rule either`(format: MetricFormat) {
        let input = MetricInput(
            now: Timestamp(nanoseconds: 0), state: State(),
            build: BuildInfo(version: "", commit: ""))
        #expect(ExpositionChecker(exposition(input, format: format), format).problems == [])
    }

    @Test func `the checker does find mistakes`() {
        let bodies = [
            "# TYPE a gauge\n# HELP a b\na 1\n",
            "# TYPE a gauge\n# HELP a b\na 1\na 2\n# EOF\n",
            "# TYPE a counter\n# HELP a b\na 1\n# EOF\n",
            "# TYPE a counter\n# HELP a b\na_total -1\n# EOF\n",
            "# TYPE a gauge\n# HELP a b\na{b=\"\\x\"} 1\n# EOF\n",
            "# TYPE a gauge\n# HELP a b\n\na 1\n# EOF\n",
            "# TYPE b gauge\n# HELP b b\n# TYPE a gauge\n# HELP a b\n# EOF\n",
            "# TYPE a histogram\n# HELP a b\na_bucket{le=\"1\"} 1\na_count 1\na_sum 1\n# EOF\n",
        ]
        for body in bodies {
            #expect(
                !ExpositionChecker(Array(body.utf8), .openMetrics).problems.isEmpty, "\(body)")
        }
    }

    @Test func `both formats hold the same samples`() {
        let input = SampleHistory.input()
        let open = ExpositionChecker(exposition(input, format: .openMetrics), .openMetrics)
        let text = ExpositionChecker(exposition(input, format: .text), .text)
        #expect(open.values == text.values)
        #expect(open.values.count > 200)
    }

    @Test func `the registry and the body name the same families`() {
        let body = ExpositionChecker(
            exposition(SampleHistory.input(), format: .openMetrics), .openMetrics)
        #expect(body.order == MetricRegistry.families.map(\.name))
        for family in MetricRegistry.families {
            #expect(body.families[family.name]?.type == family.type.rawValue)
            #expect(body.families[family.name]?.unit == family.unit)
            #expect(body.families[family.name]?.samples.isEmpty == false, "\(family.name)")
            for sample in body.families[family.name]?.samples ?? [] {
                #expect(
                    sample.labels.map(\.name).filter { $0 != "le" } == family.labels,
                    "\(sample.id)")
            }
        }
    }

    @Test func `values are what happened`() {
        let values = ExpositionChecker(
            exposition(SampleHistory.input(), format: .openMetrics), .openMetrics
        ).values
        let service = "namespace=go-app,service=go-app-db,signal=bad-ratio"
        let table: [(String, Double)] = [
            ("hazard_rounds_total{namespace=go-app,fault=pod-delete,outcome=harm}", 1),
            ("hazard_rounds_total{namespace=go-app,fault=pod-delete,outcome=no-harm}", 0),
            ("hazard_rounds_total{namespace=shop,fault=pod-evict,outcome=void}", 0),
            ("hazard_sham_rounds_total{namespace=go-app,fault=pod-delete,outcome=no-harm}", 1),
            ("hazard_injections_total{namespace=go-app,fault=pod-delete}", 1),
            (
                "hazard_injection_failures_total{namespace=go-app,fault=pod-evict,reason=refused}",
                0
            ),
            ("hazard_holds_total{namespace=go-app,reason=warming-up}", 1),
            ("hazard_holds_total{namespace=go-app,reason=blind}", 0),
            ("hazard_faults_active{namespace=go-app,fault=pod-delete}", 0),
            ("hazard_anomalies_active{\(service)}", 1),
            ("hazard_anomalies_total{\(service),attributed=true}", 1),
            ("hazard_anomalies_total{\(service),attributed=false}", 0),
            ("hazard_recoveries_total{\(service)}", 0),
            ("hazard_root_cause_strikes_total{}", 1),
            ("hazard_root_cause_hits_total{k=1}", 0),
            ("hazard_root_cause_hits_total{k=3}", 1),
            ("hazard_unrecovered_services{namespace=go-app}", 1),
            ("hazard_bad_ratio{\(service)}", 1),
            ("hazard_baseline_bad_ratio{\(service)}", 0.001),
            ("hazard_evidence_log10{\(service)}", 30 / 2.302585092994046),
            ("hazard_traffic_ratio{namespace=go-app,service=go-app-db}", 1.1),
            ("hazard_blind{}", 0),
            ("hazard_blind_namespaces{namespace=shop}", 0),
            ("hazard_halted{}", 0),
            ("hazard_paused{namespace=shop,policy=night}", 1),
            ("hazard_paused{namespace=go-app,policy=staging}", 0),
            ("hazard_enforcing{namespace=go-app,policy=staging}", 1),
            ("hazard_alerts_firing{alertname=HazardAnomaly}", 1),
            ("hazard_alerts_sent_total{endpoint=alertmanager http://am:9093}", 3),
            ("hazard_source_requests_total{source=scrape,code=503}", 1),
            ("hazard_source_requests_total{source=scrape,code=0}", 0),
            (
                "hazard_next_round_timestamp_seconds{namespace=go-app,policy=staging}",
                1_800_000_720
            ),
            (
                "hazard_last_round_timestamp_seconds{namespace=go-app,policy=staging}",
                1_800_000_600
            ),
            ("hazard_config_last_reload_successful{}", 1),
            ("hazard_journal_events_total{}", Double(SampleHistory.events.count)),
            ("hazard_build_info{version=1.2.3,commit=0a1b2c3}", 1),
            ("process_resident_memory_bytes{}", 31_457_280),
            ("process_cpu_seconds_total{}", 1.5),
            ("hazard_detection_delay_seconds_count{namespace=go-app,fault=pod-delete}", 1),
            ("hazard_detection_delay_seconds_sum{namespace=go-app,fault=pod-delete}", 10),
            ("hazard_recovery_seconds_count{namespace=go-app,fault=pod-evict}", 0),
            ("hazard_time_to_repair_seconds_count{namespace=go-app,fault=pod-delete}", 0),
            ("hazard_time_to_heal_seconds_count{namespace=go-app,fault=pod-delete}", 0),
        ]
        for (id, value) in table { #expect(values[id] == value, "\(id)") }
    }

    @Test func `recoveries are counted by three clocks`() {
        var input = SampleHistory.input()
        // Injected at 102, in place at 103, where the anomaly began too.
        let recovery = Recovery(
            service: ServiceRef(namespace: "go-app", name: "go-app-db"), signal: .badRatio,
            onset: SampleHistory.at(103), recoveredAt: SampleHistory.at(163),
            detectedAt: SampleHistory.at(178), excess: 1)
        let event = Event.recovered(AnomalyRecovered(id: 1, recovery: recovery))
        input.state.apply(event, sequence: 1000, at: SampleHistory.at(700))
        let values = ExpositionChecker(exposition(input, format: .text), .text).values
        let labels = "{namespace=go-app,fault=pod-delete}"
        #expect(values["hazard_recovery_seconds_sum\(labels)"] == 60)
        #expect(values["hazard_time_to_repair_seconds_sum\(labels)"] == 61)
        #expect(values["hazard_time_to_heal_seconds_sum\(labels)"] == 60)
    }

    @Test func `more traffic than expected is no bad ratio`() {
        let values = ExpositionChecker(
            exposition(SampleHistory.input(), format: .text), .text
        ).values
        let traffic = "namespace=go-app,service=go-app-db,signal=traffic"
        #expect(values["hazard_bad_ratio{\(traffic)}"] == nil)
        #expect(values["hazard_evidence_log10{\(traffic)}"] == 0)
    }

    @Test func `an open injection is active`() {
        let body = exposition(SampleHistory.input(until: 103), format: .text)
        let values = ExpositionChecker(body, .text).values
        #expect(values["hazard_faults_active{namespace=go-app,fault=pod-delete}"] == 1)
    }

    @Test func `the exemplar carries the round, at its bucket, in OpenMetrics only`() {
        let input = SampleHistory.input()
        let open = String(decoding: exposition(input, format: .openMetrics), as: UTF8.self)
        let line =
            "hazard_detection_delay_seconds_bucket{namespace=\"go-app\",fault=\"pod-delete\","
            + "le=\"10.0\"} 1 # {round=\"1\"} 10\n"
        #expect(open.contains(line))
        #expect(open.split(separator: "\n").count { $0.contains(" # {") } == 1)
        let text = String(decoding: exposition(input, format: .text), as: UTF8.self)
        #expect(!text.contains(" # {"))
    }

    @Test func `label values survive, whatever they hold`() {
        let values = ExpositionChecker(
            exposition(SampleHistory.input(), format: .text), .text
        ).values
        let odd = "namespace=,service=api.\"odd\"\\host\n,signal=bad-ratio"
        #expect(values["hazard_baseline_ready{\(odd)}"] == 0)
        #expect(values["hazard_bad_ratio{\(odd)}"] == nil, "no traffic is not zero")
        #expect(values["hazard_service_blind{\(odd)}"] == 0)
        let dark = "namespace=go-app,service=dark,signal=bad-ratio"
        #expect(values["hazard_service_blind{\(dark)}"] == 1)
    }

    @Test func `no label can hold a pod, a round or a uid`() {
        let known: Set = [
            "namespace", "fault", "outcome", "reason", "policy", "scope", "service", "signal",
            "attributed", "source", "code", "alertname", "endpoint", "mode", "version", "commit",
            "kind", "severity", "k",
        ]
        for family in MetricRegistry.families {
            #expect(Set(family.labels).isSubset(of: known), "\(family.name)")
        }
    }

    @Test func `names follow the conventions`() {
        let families = MetricRegistry.families
        #expect(Set(families.map(\.name)).count == families.count)
        for family in families {
            let name = family.name
            #expect(name.hasPrefix("hazard_") || name.hasPrefix("process_"))
            #expect(!name.hasSuffix("_total") && !name.hasSuffix("_info"))
            #expect(family.unit.isEmpty || name.hasSuffix("_" + family.unit))
            for unit in ["seconds", "bytes", "ratio"] where name.hasSuffix("_" + unit) {
                #expect(family.unit == unit, "\(name)")
            }
            #expect(family.help.hasSuffix(".") && family.help.first?.isLowercase == false)
        }
    }

    /// promtool reads only the text format.
    @Test func `promtool has no complaint`() async throws {
        let check = try await Command.run(
            ["/usr/bin/promtool", "check", "metrics"],
            input: exposition(SampleHistory.input(), format: .text))
        #expect(check.status == 0)
        #expect(check.errors == "")
        #expect(check.output == "")
    }
}
