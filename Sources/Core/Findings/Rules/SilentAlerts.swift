// Users were harmed, and none of the team's own alerts fired.

/// Alerts that stay silent.
struct SilentAlerts: FindingRule {
    static let kind = Finding.Kind.silentAlerts
    static let stage = FindingStage.settled

    func canTell(_ input: FindingInput) -> Bool { coverage(input) != nil }

    func sightings(_ input: FindingInput) -> [Sighting] {
        guard let coverage = coverage(input), coverage.isHarmful, coverage.noticed.isEmpty else {
            return []
        }
        let namespace = input.namespace
        let figures = AlertFigures(input.state.alertCoverage, namespace: namespace)
        let harmed = input.round.harmedServices.sorted().map(\.name).joined(separator: ", ")
        var evidence = [
            "\(input.roundText) harmed \(harmed.isEmpty ? "users" : harmed), and no alert of "
                + "namespace \(namespace) began within \((coverage.until - coverage.from).human).",
            figures.silenceText,
        ]
        if !coverage.alreadyFiring.isEmpty {
            evidence.append(
                "Already firing before, so they could say nothing: "
                    + coverage.alreadyFiring.joined(separator: ", ") + ".")
        }
        return [
            Sighting(
                Self.kind, .namespace(namespace), .warning,
                title: "The team's own alerts of \(namespace) stay silent while users are harmed",
                evidence: evidence,
                remedy:
                    "Alert on what users see: the success ratio at the entry of \(namespace), by "
                    + "burn rate, with namespace and service as labels.")
        ]
    }

    /// Harmful strikes whose alerts could be read.
    func compares(_ round: RoundRecord, with finding: Finding, in state: State) -> Bool {
        state.alertCoverage.contains {
            $0.round == round.number && $0.isHarmful && $0.namespace == finding.namespace
        }
    }

    private func coverage(_ input: FindingInput) -> AlertCoverage? {
        input.state.alertCoverage.last { $0.round == input.round.number && !$0.isSham }
    }
}
