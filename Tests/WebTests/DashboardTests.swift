import Core
import Glibc
import Testing
import Web

/// The dashboard and the rules: generated, current, and speaking only of what exists.
@Suite struct DashboardTests {
    private static let root = {
        let parts = #filePath.split(separator: "/")
        return "/" + parts.dropLast(3).joined(separator: "/")
    }()

    /// Compares with the committed file; with RECORD=1 in the environment, writes it first.
    private func expectCurrent(_ path: String, _ text: String) {
        let full = Self.root + "/" + path
        let records = unsafe getenv("RECORD").map { unsafe String(cString: $0) == "1" } ?? false
        if records { Command.write(Array(text.utf8), to: full) }
        let committed = String(decoding: Command.read(full), as: UTF8.self)
        #expect(committed == text, "\(path) is stale: run the tests with RECORD=1, then commit it")
    }

    @Test func `the committed dashboard is the generated one`() throws {
        expectCurrent("grafana/hazard.json", Dashboard.json.pretty + "\n")
    }

    @Test func `the committed rules are the generated ones`() {
        expectCurrent("grafana/hazard-rules.yaml", AlertRules.yaml)
    }

    /// Words that are metric names by their prefix.
    private func names(_ expression: String) -> [String] {
        expression.split { !($0.isASCII && ($0.isLetter || $0.isNumber || "_:".contains($0))) }
            .map(String.init)
            .filter { !$0.contains(":") && ($0.hasPrefix("hazard_") || $0.hasPrefix("process_")) }
    }

    @Test func `every metric that is named exists, and every one that exists is named`() {
        let named = Set((Dashboard.expressions + AlertRules.expressions).flatMap(names))
        #expect(named.subtracting(MetricRegistry.seriesNames) == [])
        let unused = MetricRegistry.families.filter { named.isDisjoint(with: $0.seriesNames) }
        #expect(unused.map(\.name) == [])
    }

    @Test func `label names in expressions exist too`() throws {
        let labels = Set(MetricRegistry.families.flatMap(\.labels)).union(["le", "instance"])
        let expressions = Dashboard.expressions + AlertRules.expressions
        for expression in expressions {
            for match in expression.matches(of: /(?:by|on) \(([^)]*)\)/) {
                for label in match.output.1.split(separator: ", ") {
                    #expect(labels.contains(String(label)), "\(label) in \(expression)")
                }
            }
            for match in expression.matches(of: /[{ ]([a-z_]+)(?:=~|=|!=)"/) {
                #expect(labels.contains(String(match.output.1)), "in \(expression)")
            }
        }
    }

    /// Grafana's variables become values, so that promtool reads plain PromQL.
    @Test func `promtool reads every expression of the dashboard`() async throws {
        var rules = "groups:\n  - name: dashboard\n    rules:\n"
        for (index, expression) in Dashboard.expressions.enumerated() {
            var plain = expression
            for (variable, value) in [
                ("$__rate_interval", "1m"), ("$__range", "3h"), ("$namespace", ".*"),
                ("$service", ".*"),
            ] {
                plain = plain.split(separator: variable, omittingEmptySubsequences: false)
                    .joined(separator: value)
            }
            #expect(!plain.contains("$"))
            rules += "      - record: dashboard:query:\(index)\n"
            rules += "        expr: \(JSON.string(plain).text)\n"
        }
        try await expectRules(rules)
    }

    @Test func `promtool reads the rules`() async throws {
        try await expectRules(AlertRules.yaml)
    }

    private func expectRules(_ yaml: String) async throws {
        try await withFile(yaml) { path in
            let check = try await Command.run(["/usr/bin/promtool", "check", "rules", path])
            #expect(check.status == 0 && check.errors == "", "\(check.output)\(check.errors)")
        }
    }

    private func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        let path = "/tmp/hazard-rules-\(getpid())-\(UInt64.random(in: 0 ... .max)).yaml"
        Command.write(Array(text.utf8), to: path)
        defer { unsafe unlink(path) }
        try await body(path)
    }

    @Test func `every alert of the daemon has its rule, and a dead daemon is told`() {
        let names = AlertRules.alertNames
        for name in Alert.Name.allCases { #expect(names.contains(name.rawValue)) }
        #expect(names.contains("HazardDown"))
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.hasPrefix("Hazard") })
    }

    @Test func `the rules fire when they should`() async throws {
        try await withFile(AlertRules.yaml) { rules in
            let service = "namespace=\"a\", service=\"b\", signal=\"bad-ratio\""
            let test = """
                rule_files: [\(rules)]
                evaluation_interval: 1m
                tests:
                  - interval: 1m
                    input_series:
                      - series: 'hazard_anomalies_active{\(service)}'
                        values: '0 0 1 1 1 0 0'
                      - series: 'hazard_build_info{version="1", commit="2"}'
                        values: '1x2 _x20'
                    alert_rule_test:
                      - {eval_time: 1m, alertname: HazardAnomaly, exp_alerts: []}
                      - eval_time: 3m
                        alertname: HazardAnomaly
                        exp_alerts:
                          - exp_labels: {severity: warning, namespace: a, service: b,
                              signal: bad-ratio}
                            exp_annotations:
                              summary: Requests fail more often than is normal for the service
                              description: "a/b: bad-ratio is anomalous; the daemon's page and \
                /api/v1/anomalies say since when and why."
                      - {eval_time: 6m, alertname: HazardAnomaly, exp_alerts: []}
                      - {eval_time: 3m, alertname: HazardDown, exp_alerts: []}
                      - eval_time: 15m
                        alertname: HazardDown
                        exp_alerts:
                          - exp_labels: {severity: critical}
                            exp_annotations:
                              summary: No Hazard is being scraped
                              description: "Nothing exposes hazard_build_info: chaos is not \
                watched, and nobody reverts."

                """
            try await withFile(test) { path in
                let check = try await Command.run(["/usr/bin/promtool", "test", "rules", path])
                #expect(check.status == 0, "\(check.output)\(check.errors)")
            }
        }
    }

    @Test func `panels have titles, descriptions, units, and do not overlap`() throws {
        var cells: Set<[Int]> = []
        var ids: Set<Int> = []
        let rows = try #require(Dashboard.json["panels"]?.array)
        let panels = rows.flatMap { [$0] + ($0["panels"]?.array ?? []) }
        for panel in panels {
            #expect(ids.insert(try #require(panel["id"]?.integer)).inserted)
            #expect(panel["title"]?.string?.isEmpty == false)
            let place = try #require(panel["gridPos"])
            let (x, y) = (try #require(place["x"]?.integer), try #require(place["y"]?.integer))
            let (w, h) = (try #require(place["w"]?.integer), try #require(place["h"]?.integer))
            #expect(x + w <= 24)
            for column in x..<x + w {
                for line in y..<y + h { #expect(cells.insert([column, line]).inserted) }
            }
            if panel["type"] == "row" { continue }
            #expect(panel["description"]?.string?.hasSuffix(".") == true)
            #expect(panel["fieldConfig"]?["defaults"]?["unit"]?.string?.isEmpty == false)
            #expect(panel["datasource"]?["uid"] == "$datasource")
            #expect(panel["targets"]?.array?.isEmpty == false)
        }
        #expect(rows.filter { $0["type"] == "row" }.count == 6)
    }

    @Test func `rates over time use the interval that Grafana computes`() {
        for expression in Dashboard.expressions {
            for match in expression.matches(of: /\[([^\]]*)\]/) {
                #expect(["$__rate_interval", "$__range"].contains(match.output.1), "\(expression)")
            }
        }
    }
}
