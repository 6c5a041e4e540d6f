// Prometheus rules that say what the daemon's own alerts say, for those whose alerts come from
// Prometheus, and what a daemon cannot say of itself. The committed file is generated from this.

import Core

/// The rules file.
package enum AlertRules {
    /// The whole document in YAML.
    package static var yaml: String {
        var out = """
            # Generated from the metric registry; a test compares. Load it with `rule_files`.
            # The daemon sends its alerts to Alertmanager itself: use these where it cannot, or both
            # will fire.
            groups:

            """
        out += group("hazard.recordings", recordings.map(yaml))
        out += group("hazard.alerts", alerts.map(yaml))
        return out
    }

    /// Every expression.
    package static var expressions: [String] {
        recordings.map(\.expression) + alerts.map(\.expression)
    }

    /// The names of the alerts.
    package static var alertNames: [String] { alerts.map(\.name) }

    struct Recording: Sendable {
        let name: String
        let expression: String
    }

    struct Rule: Sendable {
        let name: String
        let expression: String
        /// How long the expression must hold.
        let hold: String
        let severity: Alert.Severity
        /// Without values.
        let summary: String
        /// With values.
        let description: String

        init(
            _ name: String, _ severity: Alert.Severity, for hold: String = "0s",
            _ expression: String, _ summary: String, _ description: String
        ) {
            self.name = name
            self.severity = severity
            self.hold = hold
            self.expression = expression
            self.summary = summary
            self.description = description
        }
    }

    private static func group(_ name: String, _ rules: [String]) -> String {
        "  - name: \(name)\n    rules:\n" + rules.joined()
    }

    private static func yaml(_ rule: Recording) -> String {
        "      - record: \(rule.name)\n        expr: \(quoted(rule.expression))\n"
    }

    private static func yaml(_ rule: Rule) -> String {
        """
              - alert: \(rule.name)
                expr: \(quoted(rule.expression))
                for: \(rule.hold)
                labels:
                  severity: \(rule.severity.rawValue)
                annotations:
                  summary: \(quoted(rule.summary))
                  description: \(quoted(rule.description))

        """
    }

    /// A YAML double-quoted scalar: JSON strings are a subset of them.
    private static func quoted(_ text: String) -> String { JSON.string(text).text }
}
