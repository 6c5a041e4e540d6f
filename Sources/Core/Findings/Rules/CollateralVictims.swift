// Services that were harmed although they neither call the target nor are called by it.

/// Damage where no call explains it: a shared node, database or limit.
struct CollateralVictims: FindingRule {
    static let kind = Finding.Kind.collateralVictim

    func canTell(_ input: FindingInput) -> Bool { input.signs != nil }

    func sightings(_ input: FindingInput) -> [Sighting] {
        guard input.round.isJudgedStrike, let target = input.target else { return [] }
        let harmed = input.round.verdict?.harmed ?? []
        return (input.signs?.victims ?? []).compactMap { victim in
            guard let evidence = harmed.first(where: { $0.service == victim }) else { return nil }
            return Sighting(
                Self.kind, .edge(target.name, victim, in: input.namespace), .warning,
                title: "\(victim.name) suffers when \(target.name) is struck, and no call says why",
                evidence: [
                    "\(victim) went from \(Wording.percent(evidence.before)) to "
                        + "\(Wording.percent(evidence.now)) bad (\(Wording.count(evidence.bad)) of "
                        + "\(Wording.count(evidence.requests))) in \(input.roundText).",
                    "It neither calls the services of \(target.name) nor is called by them, "
                        + "directly or through others, as far as the mesh counts.",
                ],
                remedy:
                    "Look for what the two share: a node, a database, a queue, a connection pool "
                    + "or a quota; or a call that bypasses the mesh.")
        }
    }
}
