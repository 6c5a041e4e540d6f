// Metrics that dashboards and alert rules name exist, and those that exist have a proper name.

import Testing

struct MetricNameTests {
    /// Families of the registry with where they are declared.
    private static let families: [(name: String, path: String, line: Int)] = {
        var found: [(name: String, path: String, line: Int)] = []
        for file in Repository.sources where file.path.hasPrefix("Sources/Web/Metrics/") {
            for (index, line) in file.lines.enumerated() {
                for name in names(in: line) where line.contains("\"\(name)\"") {
                    found.append((name, file.path, index + 1))
                }
            }
        }
        return found
    }()

    /// Names of metrics in `line`. The name of a recording rule, which has colons, is not one.
    private static func names(in line: String) -> [String] {
        line.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }.map(String.init)
            .filter {
                ($0.hasPrefix("hazard_") || $0.hasPrefix("process_")) && !$0.contains(":")
            }
    }

    @Test func theRegistryIsFound() {
        #expect(Self.families.count > 20)
        #expect(Self.families.contains { $0.name == "hazard_bad_ratio" })
    }

    @Test func namesFollowTheConventions() {
        var found: [Violation] = []
        for family in Self.families {
            let characters = family.name.allSatisfy {
                $0 == "_" || $0.isNumber || ($0.isLetter && $0.isLowercase)
            }
            if !characters || family.name.contains("__") {
                found.append(
                    Violation(family.path, family.line, "\(family.name): write snake_case"))
            }
            for suffix in ["_total", "_count", "_sum", "_bucket", "_created", "_info"]
            where family.name.hasSuffix(suffix) {
                found.append(
                    Violation(
                        family.path, family.line,
                        "\(family.name): the writer adds `\(suffix)` itself; leave it out"))
            }
            for (unit, base) in [("_ms", "_seconds"), ("_millis", "_seconds"), ("_kb", "_bytes")]
            where family.name.hasSuffix(unit) {
                found.append(
                    Violation(family.path, family.line, "\(family.name): use base unit \(base)"))
            }
        }
        expectNone(found)
    }

    @Test func dashboardsAndRulesNameWhatExists() {
        let known = Set(Self.families.map(\.name))
        let suffixes = ["", "_total", "_count", "_sum", "_bucket", "_created", "_info"]
        var found: [Violation] = []
        var files = 0
        for path in Repository.files where path.hasPrefix("grafana/") {
            guard path.hasSuffix(".json") || path.hasSuffix(".yaml") else { continue }
            files += 1
            let lines = Repository.read(path).split(
                separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() where line.contains("_") {
                for name in Self.names(in: String(line)) {
                    let exists = suffixes.contains { suffix in
                        name.hasSuffix(suffix)
                            && known.contains(String(name.dropLast(suffix.count)))
                    }
                    if exists { continue }
                    found.append(
                        Violation(
                            path, index + 1,
                            "no metric \(name) in Sources/Web/Metrics; run ./dev generate"))
                }
            }
        }
        #expect(files > 1)
        expectNone(found)
    }

    @Test func everyMetricIsShown() {
        let shown = Repository.files.filter { $0.hasPrefix("grafana/") }.map(Repository.read)
        expectNone(
            Self.families.filter { family in
                !shown.contains { Repository.mentions($0, family.name) }
            }.map {
                Violation(
                    $0.path, $0.line,
                    "\($0.name) is in no dashboard or rule: give it a panel in "
                        + "Sources/Web/Dashboard, or remove it")
            })
    }
}
