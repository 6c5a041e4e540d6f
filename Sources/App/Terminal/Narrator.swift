// The journal as it grows, in plain lines for a person who watches. It decides nothing.

package import Core

/// Turns events into lines; remembers only what it needs to be short.
package struct Narrator {
    private var heldFor: [String: [HoldReason]] = [:]
    private var firing: Set<String> = []
    /// The broken edge last told of each anomaly.
    private var edges: [Int: ServiceEdge] = [:]

    package init() {}

    /// The lines of one event; empty when there is nothing a person would want to know.
    package mutating func lines(_ event: Event, at instant: Timestamp, state: State) -> [String] {
        let texts = texts(event, state: state)
        let civil = CivilTime(instant)
        let clock =
            padded(civil.hour, 2) + ":" + padded(civil.minute, 2) + ":"
            + padded(civil.second, 2)
        return texts.map { "\(clock)  \($0)" }
    }

    private mutating func texts(_ event: Event, state: State) -> [String] {
        switch event {
        case .started(let started):
            return ["hazard \(started.version) started, seed \(started.seed)"]
        case .stopped(let stopped): return ["stopped: \(stopped.reason)"]
        case .policies(let loaded):
            return loaded.policies.map { "policy \($0.id) (\($0.mode.rawValue)) from \($0.source)" }
                + loaded.errors.map { "policy refused: \($0)" }
        case .held(let held): return self.held(held)
        case .planned(let planned):
            heldFor[planned.policy] = nil
            return [self.planned(planned)]
        case .injecting: return []
        case .injected(let mark): return ["round \(mark.round)  injected"]
        case .injectionFailed(let failed):
            return [
                "round \(failed.round)  not injected (\(failed.kind.rawValue)): \(failed.reason)"
            ]
        case .delivered: return []
        case .notDelivered(let note):
            return ["round \(note.round)  did not take effect: \(note.reason)"]
        case .reverted: return []
        case .revertFailed(let note):
            return ["round \(note.round)  COULD NOT BE REVERTED: \(note.reason)"]
        case .judged(let judged):
            return ["round \(judged.round)  verdict: \(judged.verdict.text)"]
        case .closed(let closed):
            guard closed.outcome == .interrupted else { return [] }
            return ["round \(closed.round)  was interrupted; what it left is reverted"]
        case .anomaly(let opened):
            let record = AnomalyRecord(opened: opened, openedAt: opened.anomaly.detectedAt)
            edges[opened.id] = opened.anomaly.brokenEdge
            return ["ANOMALY  \(AlertBook.describe(record))"]
        case .traced(let traced): return self.traced(traced, state)
        case .recovered(let recovered): return self.recovered(recovered, state)
        case .unrecovered(let unrecovered):
            let name = state.anomalies.first { $0.id == unrecovered.id }?.service.description ?? ""
            return ["NOT RECOVERED  \(name): \(unrecovered.finding)"]
        case .accepted(let accepted):
            let name = state.pastAnomalies.last { $0.id == accepted.id }?.name ?? ""
            return ["ACCEPTED  \(name): \(accepted.text)"]
        case .blind(let blind): return ["blind: \(blind.reason)"]
        case .sighted(let sighted):
            return [
                sighted.namespace.map { "\($0) is seen again" } ?? "the signals can be read again"
            ]
        case .alert(let alert):
            let service = alert.labels["service"].map { " \($0)" } ?? ""
            // Annotations that change while it fires are not worth a line.
            if alert.isFiring, !firing.insert(alert.fingerprint).inserted { return [] }
            if !alert.isFiring { firing.remove(alert.fingerprint) }
            return [
                "alert \(alert.isFiring ? "firing" : "resolved"): \(alert.name.rawValue)\(service)"
            ]
        case .aborted(let aborted):
            return ["round \(aborted.round)  ENDED EARLY: \(aborted.reason)"]
        case .learned, .harmed, .deployed, .calibrated: return []
        case .halted(let halted): return ["halted by \(halted.by)"]
        case .resumed(let resumed): return ["resumed by \(resumed.by)"]
        case .finding(let finding):
            // Its later sightings are counted, not told.
            guard finding.status == .open, finding.rounds.count == 1, finding.missed == 0,
                finding.standing != false
            else { return [] }
            return ["FINDING  \(finding.title): \(finding.remedy)"]
        case .alertCoverage: return []
        }
    }

    private mutating func traced(_ traced: AnomalyTraced, _ state: State) -> [String] {
        // More flags on the same edge are not worth a line.
        if edges.updateValue(traced.brokenEdge, forKey: traced.id) == traced.brokenEdge {
            return []
        }
        let name = state.anomalies.first { $0.id == traced.id }?.service.description ?? ""
        let flags = traced.flags.isEmpty ? "" : " (\(traced.flags.joined(separator: ", ")))"
        return ["TRACED  \(name): broken edge \(traced.brokenEdge)\(flags)"]
    }

    private mutating func recovered(_ recovered: AnomalyRecovered, _ state: State) -> [String] {
        edges[recovered.id] = nil
        let recovery = recovered.recovery
        let took = recovery.recoveredAt - recovery.onset
        let record = (state.pastAnomalies + state.anomalies).last { $0.id == recovered.id }
        return [
            "RECOVERED  \(recovery.service) after \(rounded(took.inSeconds, 0)) s, "
                + recovery.cost(record?.opened.anomaly.direction)
        ]
    }

    /// A hold is told when its reasons change, not at each tick.
    private mutating func held(_ held: Held) -> [String] {
        let told = held.reasons.filter { $0 != .concurrency }
        if told.isEmpty || heldFor[held.policy] == told { return [] }
        heldFor[held.policy] = told
        return ["no round: \(held.text)"]
    }

    private func planned(_ planned: Planned) -> String {
        let what: String
        switch planned.assignment {
        case .strike: what = "strike"
        case .sham: what = "sham (does everything but inject)"
        case .observe: what = "observed only (the policy's mode)"
        }
        return "round \(planned.round)  \(what): \(planned.fault) of \(planned.target), "
            + "1 of \(planned.eligiblePods) eligible pods in "
            + "\(planned.eligibleWorkloads) workloads, "
            + "probability \(rounded(planned.targetProbability, 3))"
    }
}
