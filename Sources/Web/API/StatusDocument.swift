// The policies in force and the state now, as the JSON API shows them. Field names are stable.

package import Core

/// `policies[{id namespace name mode source digest nextRoundAt? lastTickAt? hold? radius?
/// failedRequests? confidence?}] errors lastGoodAt?`; `errors` says why a newer configuration was
/// refused.
func policiesDocument(_ input: MetricInput) -> JSON {
    let loaded = input.state.policies?.policies ?? []
    var json: JSON = [
        "policies": .array(
            loaded.sorted { $0.id < $1.id }.map { policyDocument($0, input) })
    ]
    json["errors"] = .array(input.configuration.errors.map { .string($0) })
    json["lastGoodAt"] = input.configuration.lastGoodAt.map { .string($0.rfc3339) }
    return json
}

private func policyDocument(_ policy: PoliciesLoaded.Summary, _ input: MetricInput) -> JSON {
    let (namespace, name) = splitPolicy(policy.id)
    var json: JSON = [
        "id": .string(policy.id),
        "namespace": .string(namespace),
        "name": .string(name),
        "mode": .string(policy.mode.rawValue),
        "source": .string(policy.source),
        "digest": .string(policy.digest),
    ]
    json["nextRoundAt"] = input.nextRounds[policy.id].map { .string($0.rfc3339) }
    json["lastTickAt"] = input.state.lastTicks[policy.id].map { .string($0.rfc3339) }
    json["hold"] = input.state.holds[policy.id].map { hold in
        [
            "tick": .string(hold.tick.rfc3339),
            "reasons": .array(hold.reasons.map { .string($0.rawValue) }),
            "text": .string(hold.text),
        ]
    }
    guard let limits = policy.limits else { return json }
    let budget = input.harmBudget(policy.id, limits)
    json["radius"] = input.radius(policy.id, limits).map(radiusDocument)
    json["failedRequests"] = budget.map(harmBudgetDocument)
    json["confidence"] = confidenceDocument(namespace, input.state, budget)
    return json
}

/// `now version commit instance? startedAt? sequence leading ready halted? blind?
/// blindNamespaces[]? openRounds openInjections activeAnomalies unrecovered firingAlerts
/// openFindings discoveries{tests discoveries} rootCauses{strikes hits hitsInThree} services[]
/// sources[]`.
func statusDocument(_ input: MetricInput, ready checks: [ReadinessCheck]) -> JSON {
    let state = input.state
    var json: JSON = [
        "now": .string(input.now.rfc3339),
        "version": .string(input.build.version),
        "commit": .string(input.build.commit),
    ]
    json["instance"] = state.instance.map { .string($0.instance) }
    json["startedAt"] = state.startedAt.map { .string($0.rfc3339) }
    json["sequence"] = .integer(Int64(state.sequence))
    json["leading"] = .bool(input.isLeader)
    json["ready"] = .bool(ReadinessReport(checks: checks).isReady)
    json["halted"] = state.halted.map { ["by": .string($0.by)] }
    json["blind"] = state.blind.map { blind in
        var json: JSON = ["reason": .string(blind.reason)]
        json["since"] = state.blindSince.map { .string($0.rfc3339) }
        return json
    }
    if !state.blindNamespaces.isEmpty {
        json["blindNamespaces"] = .array(
            state.blindNamespaces.sorted { $0.key < $1.key }.map { namespace, blind in
                [
                    "namespace": .string(namespace), "reason": .string(blind.reason),
                    "since": .string(blind.since.rfc3339),
                ]
            })
    }
    let counts = [
        ("lastRound", state.lastRound), ("openRounds", state.openRounds.count),
        ("openInjections", state.openInjections.count),
        ("activeAnomalies", state.anomalies.count),
        ("unrecovered", state.anomalies.count { $0.unrecovered != nil }),
        ("firingAlerts", state.firingAlerts.count),
        ("openFindings", state.findings.values.count { $0.status == .open }),
    ]
    for (name, count) in counts { json[name] = .integer(Int64(count)) }
    let tally = state.tally
    json["discoveries"] = [
        "tests": .integer(Int64(tally.tests)), "discoveries": .integer(Int64(tally.discoveries)),
    ]
    json["rootCauses"] = causesDocument(tally.causes)
    json["services"] = .array(input.services.map(serviceDocument))
    json["sources"] = .array(input.sources.sorted { $0.name < $1.name }.map(sourceDocument))
    return json
}

/// `strikes hits hitsInThree accuracy? accuracyInThree?`: how often the target of a harmful strike
/// came first, or among the first three, of the root causes found (AC@1 and AC@3).
package func causesDocument(_ causes: CauseScore) -> JSON {
    var json: JSON = [
        "strikes": .integer(Int64(causes.strikes)), "hits": .integer(Int64(causes.hits)),
        "hitsInThree": .integer(Int64(causes.hitsInThree)),
    ]
    json["accuracy"] = causes.accuracy.map { .number($0) }
    json["accuracyInThree"] = causes.accuracyInThree.map { .number($0) }
    return json
}

/// `namespace service signal ratio? baseline nats threshold minimumDetectable? ready unready?
/// blind? silentWindows`; `unready` and `blind` say why.
private func serviceDocument(_ status: ServiceStatus) -> JSON {
    var json: JSON = [
        "namespace": .string(status.service.namespace),
        "service": .string(status.service.name),
        "signal": .string(status.signal.rawValue),
    ]
    json["ratio"] = status.ratio.map { .number($0) }
    json["baseline"] = .number(status.baseline)
    json["nats"] = .number(status.nats)
    json["threshold"] = .number(status.threshold)
    json["minimumDetectable"] = status.minimumDetectable.map { .number($0) }
    json["ready"] = .bool(status.ready)
    json["unready"] = status.unready.map { .string($0) }
    json["blind"] = status.blind.map { .string($0) }
    json["silentWindows"] = .integer(Int64(status.silentWindows))
    return json
}

/// `name up lagSeconds? problems[]`.
private func sourceDocument(_ source: SourceHealth) -> JSON {
    var json: JSON = ["name": .string(source.name), "up": .bool(source.isUp)]
    json["lagSeconds"] = source.lag.map { .number($0) }
    json["problems"] = .array(source.problems.map { .string($0) })
    return json
}
