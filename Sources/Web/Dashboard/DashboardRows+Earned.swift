// The row about what was earned and what is left: radius, harm budget, and rounds ended early.

extension Dashboard {
    static let earned: [DashboardPanel] = [
        DashboardPanel(
            .timeseries, "Earned radius",
            "Level of the blast radius that each policy has earned with clean strikes, from 1.",
            unit: "short", width: 8,
            [
                .init(
                    "max by (namespace, policy) "
                        + "(hazard_radius_level{namespace=~\"$namespace\"})",
                    "{{namespace}}/{{policy}}")
            ]),
        DashboardPanel(
            .timeseries, "Harm budget used",
            "Requests that failed because of strikes, out of those that may within the period.",
            unit: "percentunit", width: 8,
            [
                .init(
                    "max by (namespace, policy) "
                        + "(hazard_budget_failed_requests{namespace=~\"$namespace\"} / "
                        + "hazard_budget_failed_requests_limit{namespace=~\"$namespace\"})",
                    "{{namespace}}/{{policy}}")
            ]),
        DashboardPanel(
            .timeseries, "Rounds ended early", "Strikes that were aborted, by reason.",
            unit: "short", width: 8,
            [
                .init(
                    "sum by (reason) (increase("
                        + "hazard_rounds_aborted_total{namespace=~\"$namespace\"}"
                        + "[$__rate_interval]))", "{{reason}}")
            ]),
    ]
}
