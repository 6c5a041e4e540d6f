// What the demo says while it runs, when it ends by itself, and the healing hand of `--heal`.

import Core
import Engine
import LocalCluster
import Platform

/// Follows the journal of one demo.
struct DemoNarration: Sendable {
    let options: DemoOptions
    let parts: Assembly.Parts
    let cluster: LocalCluster
    let namespace: String
    let clock: any WallClock
    let interruption: Interruption
    let say: @Sendable (String) -> Void

    /// Narrates until the journal is closed. The exit status says what was found.
    func run() async -> ExitStatus {
        var narrator = Narrator()
        var closed = 0
        var found = ExitStatus.success
        var healed = false
        for await entry in await parts.journal.events() {
            let state = await parts.journal.state
            narrator.lines(entry.event, at: entry.at, state: state).forEach(say)
            switch entry.event {
            case .closed(let round):
                closed += 1
                if round.outcome == .harm { found = .harm }
                if let wanted = options.rounds, closed >= wanted, state.anomalies.isEmpty {
                    interruption.raise("\(closed) rounds are over")
                }
            case .recovered:
                if state.anomalies.isEmpty { healed = false }
                if let wanted = options.rounds, closed >= wanted, state.anomalies.isEmpty {
                    interruption.raise("\(closed) rounds are over")
                }
            case .unrecovered:
                found = .harm
                if options.heal {
                    if !healed { await heal() }
                    healed = true
                } else if options.rounds != nil {
                    interruption.raise("a service has not recovered, and nobody heals it")
                }
            default: break
            }
        }
        say(summary(await parts.journal.state))
        return found
    }

    private func summary(_ state: State) -> String {
        let strikes = state.rounds.filter { $0.injectedAt != nil }.count
        let shams = state.rounds.filter { $0.planned.assignment == .sham }.count
        let harm = state.rounds.filter { $0.outcome == .harm }.count
        let open = state.openInjections.count
        let left = open == 0 ? "nothing is left behind" : "\(open) faults are STILL IN PLACE"
        return "ended: \(strikes) strikes and \(shams) shams, users were harmed in \(harm) rounds; "
            + left
    }

    /// `kubectl rollout restart deployment go-app`, once for each outage.
    private func heal() async {
        let patch: JSON = [
            "spec": [
                "template": [
                    "metadata": [
                        "annotations": [
                            "kubectl.kubernetes.io/restartedAt": .string(clock.now.rfc3339Seconds)
                        ]
                    ]
                ]
            ]
        ]
        let request = Request(
            "PATCH", "/apis/apps/v1/namespaces/\(namespace)/deployments/go-app",
            headers: ["Content-Type": "application/strategic-merge-patch+json"], body: patch.bytes)
        if case .response(let response) = await cluster.handle(request), response.status == 200 {
            say("heal: rollout restart of deployment go-app")
        } else {
            say("heal: the rollout restart was refused")
        }
    }
}
