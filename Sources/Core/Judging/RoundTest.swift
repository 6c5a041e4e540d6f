// Did this round do harm? One e-process per service from a known start, judged together, and the
// verdict in words. It is told when the round began and ended; it never asks.

import RealModule

/// The test of one round over all services of its namespaces (detection design 5.8).
package struct RoundTest: Sendable, Hashable {
    package let alpha: Double
    package private(set) var processes: [RoundProcess]
    private var places: [ServiceRef: Int] = [:]
    /// Why windows were blind, the last reason.
    package private(set) var blindReason: String?

    package init(alpha: Double, subjects: [RoundSubject]) {
        self.alpha = alpha
        processes = subjects.map { RoundProcess($0) }
        for (index, process) in processes.enumerated() {
            places[process.subject.service] = index
        }
    }

    /// Services under test.
    private var family: Int { max(1, processes.count { !$0.subject.broken }) }

    /// Adds one window of one service; services that the round did not begin with are ignored.
    /// `isUpstream`: all who call it lost traffic themselves.
    package mutating func observe(_ window: RequestWindow, isUpstream: Bool = false) {
        guard let at = places[window.service] else { return }
        if let reason = window.blind { blindReason = reason }
        processes[at].observe(window, stop: .log(Double(family) / alpha), isUpstream: isUpstream)
    }

    /// Services declared harmed by now, strongest first: stopped e-BH. With e-values sorted
    /// downwards, k* is the largest k with E_(k) >= m / (alpha k), and the first k* are declared.
    package var harmed: [Evidence] {
        let tested = processes.filter { !$0.subject.broken && $0.evidence > 0 }
            .sorted { ($1.evidence, $0.subject.service) < ($0.evidence, $1.subject.service) }
        let family = Double(family)
        var declared = 0
        for (index, process) in tested.enumerated() {
            let rank = Double(index + 1)
            if process.evidence >= .log(family / (alpha * rank)) { declared = index + 1 }
        }
        let threshold = Double.log(family / (alpha * Double(max(declared, 1))))
        return tested.prefix(declared).map { $0.evidence(threshold: threshold) }
    }

    /// ln of the mean of E over the services: evidence that the round did any harm at all, for
    /// tests over many rounds (`OnlineTests`).
    package var evidence: Double {
        let tested = processes.filter { !$0.subject.broken }
        let top = tested.reduce(-Double.infinity) { max($0, $1.evidence) }
        guard top.isFinite else { return 0 }
        let sum = tested.reduce(0) { $0 + Double.exp($1.evidence - top) }
        return top + .log(sum / Double(tested.count))
    }

    /// The numbers of every service, harmed or not, in order: the outcomes that effects are
    /// estimated from.
    package var outcomes: [Evidence] {
        processes.map { $0.evidence(threshold: .log(Double(family) / alpha)) }
            .sorted { $0.service < $1.service }
    }

    /// The numbers of every service and signal, in order of services, the bad ratio first.
    package var signals: [Evidence] {
        processes.sorted { $0.subject.service < $1.subject.service }
            .flatMap { $0.signals(threshold: .log(Double(family) / alpha)) }
    }

    /// What the round showed. `void` names what disturbed it; `delivered` is false when the fault
    /// did not take effect.
    package func verdict(delivered: Bool, void: String?) -> Verdict {
        let excess = processes.reduce(0) { $0 + $1.excess }
        let confidence = 1 - alpha
        if let void {
            return Verdict(
                kind: .void, confidence: confidence, excess: excess, text: "void: \(void)")
        }
        if !delivered {
            return Verdict(
                kind: .notDelivered, confidence: confidence,
                text: "the fault did not take effect: nothing was tested")
        }
        let harmed = harmed
        let bounds = bounds
        if !harmed.isEmpty {
            return Verdict(
                kind: .harm, harmed: harmed, minimumDetectable: bounds.worst,
                confidence: confidence, excess: excess, text: harmText(harmed))
        }
        if let worst = bounds.worst {
            return Verdict(
                kind: .noHarm, minimumDetectable: worst, confidence: confidence, excess: excess,
                text: noHarmText(worst, bounds))
        }
        return Verdict(
            kind: .inconclusive, confidence: confidence, excess: excess, text: silentText)
    }

    /// Whether something could have been shown, if not with the thresholds raised by blamed shams
    /// then without that: what counts as a sham that was judged must not depend on the shams before
    /// it, or thresholds once raised would let none be counted that lowers them again.
    var isShowing: Bool {
        processes.contains {
            $0.bound(alpha: alpha / Double(family), power: 1 - alpha, isRaised: false) != nil
        }
    }

    private typealias Bounds = (worst: Double?, able: [RoundProcess], mute: Int, requests: Double)

    /// The worst bound over the services that could show something, those that could, how many had
    /// traffic or should have and could not, and the requests of the former.
    private var bounds: Bounds {
        var result: Bounds = (nil, [], 0, 0)
        for process in processes {
            guard
                let bound = process.bound(
                    alpha: alpha / Double(family), power: 1 - alpha)
            else {
                result.mute += 1
                continue
            }
            result.worst = max(result.worst ?? 0, bound)
            result.able.append(process)
            result.requests += process.requests
        }
        return result
    }

    /// The counts of at most `limit` services, the harmed ones first, then those with the most
    /// requests; in order of services.
    func measured(limit: Int) -> [ServiceOutcome] {
        let harmed = Set(harmed.map(\.service))
        var kept = processes
        if kept.count > limit {
            kept.sort { left, right in
                let first = harmed.contains(left.subject.service)
                if first != harmed.contains(right.subject.service) { return first }
                return (right.requests, left.subject.service)
                    < (left.requests, right.subject.service)
            }
            kept.removeLast(kept.count - limit)
        }
        kept.sort { $0.subject.service < $1.subject.service }
        let level = alpha / Double(family)
        return kept.flatMap {
            $0.measured(
                harmed: harmed.contains($0.subject.service),
                bound: $0.bound(alpha: level, power: 1 - alpha))
        }
    }

    private func harmText(_ harmed: [Evidence]) -> String {
        let parts = harmed.prefix(3).map {
            $0.signal == .traffic && !$0.service.isQuery
                ? "\($0.service) gets \(Wording.percent($0.now)) of its usual requests "
                    + "(\(Wording.count($0.requests)) of "
                    + "\(Wording.count($0.requests + $0.excess)))"
                : "\($0.service) \(Wording.percent($0.before)) -> \(Wording.percent($0.now)) "
                    + "\(SignalWords($0.service, $0.signal).bad) (\(Wording.count($0.bad)) of "
                    + "\(Wording.count($0.requests)))"
        }
        let rest = harmed.count > 3 ? " and \(harmed.count - 3) more" : ""
        return "harm: " + parts.joined(separator: "; ") + rest
            + " (\(Wording.percent(1 - alpha)) confidence)"
    }

    private func noHarmText(_ worst: Double, _ bounds: Bounds) -> String {
        let mute =
            bounds.mute > 0
            ? "; nothing can be said of \(Wording.plural(bounds.mute, "other service"))" : ""
        let words = Self.words(bounds.able)
        return "no harm above \(Wording.percent(worst)) \(words.bad) "
            + "(\(Wording.percent(1 - alpha)) confidence, \(Wording.count(bounds.requests)) "
            + "\(words.all), \(Wording.plural(bounds.able.count, "service")))" + mute
    }

    /// What the first signals of some services count, each once: "bad responses or failed
    /// connections" out of "requests and connections". Without any, as for the mesh.
    private static func words(_ processes: [RoundProcess]) -> (bad: String, all: String) {
        var bad: [String] = []
        var all: [String] = []
        for process in processes {
            guard let channel = process.subject.channels.first else { continue }
            let words = SignalWords(process.subject.service, channel.signal)
            if !bad.contains(words.bad) { bad.append(words.bad) }
            if !all.contains(words.all) { all.append(words.all) }
        }
        if bad.isEmpty { return ("bad responses", "requests") }
        return (bad.sorted().joined(separator: " or "), all.sorted().joined(separator: " and "))
    }

    /// Why nothing could be shown.
    private var silentText: String {
        if processes.isEmpty { return "inconclusive: no service of the namespace is known yet" }
        if processes.allSatisfy(\.subject.broken) {
            return "inconclusive: every service was anomalous before the round"
        }
        if processes.allSatisfy({ $0.windows == 0 }) {
            return "inconclusive: no window of metrics was completed during the round"
        }
        if let blindReason, processes.contains(where: { $0.blind * 4 > $0.windows }) {
            return "inconclusive: blind during the round (\(blindReason))"
        }
        if processes.allSatisfy({ $0.subject.broken || $0.subject.channels.first?.isNoisy ?? false }
        ) {
            return
                "inconclusive: the services' usual errors come in bursts too heavy to test against"
        }
        let requests = processes.reduce(0) { $0 + $1.requests }
        let all = Self.words(processes).all
        return "inconclusive: too little traffic (\(Wording.count(requests)) \(all) over "
            + "\(Wording.plural(processes.count, "service")))"
    }
}
