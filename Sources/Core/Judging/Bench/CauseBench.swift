// Scores the root-cause search on simulated meshes: a service is broken, the windows go through
// the whole judge, and the judge's own score says whether it was found. A function of its seed.

import RealModule

/// One kind of case.
package struct CauseRow: Sendable, Hashable {
    package var name: String
    /// Services broken, and strikes among them that the round test called harmful and traced.
    package var injected = 0
    package var score = CauseScore()
    /// Of the traced ones: the service with the strongest evidence is the target, which is what
    /// ranking by change alone would say.
    package var strongest = 0
    /// Of those found first: the kind is right too.
    package var kinds = 0

    mutating func add(_ trial: CauseTrial) {
        injected += 1
        guard trial.isTraced else { return }
        score.add(rank: trial.rank)
        if trial.isStrongest { strongest += 1 }
        if trial.isKind { kinds += 1 }
    }
}

/// One broken service.
struct CauseTrial: Sendable {
    var fault: CauseMesh.Fault
    var isTraced = false
    var rank: Int?
    var isStrongest = false
    var isKind = false
}

/// Breaks services of random meshes, `trials` for each size, one round of six windows each; returns
/// a row for each size, one for each kind of fault, and one for meshes of 20 with every fifth
/// service outside of the mesh.
package func causeBench(
    sizes: [Int] = [5, 20, 60], trials: Int = 200, seed: UInt64 = 7
) -> [CauseRow] {
    func run(_ size: Int, uncounted: Double) -> [CauseTrial] {
        var random = RandomStream(seed: RandomStream.fork(seed, "\(uncounted)", UInt64(size)))
        var done: [CauseTrial] = []
        while done.count < trials {
            done += causeTrials(
                size: size, uncounted: uncounted, atMost: min(10, trials - done.count), &random)
        }
        return done
    }
    func row(_ name: String, _ trials: [CauseTrial]) -> CauseRow {
        var row = CauseRow(name: name)
        for trial in trials { row.add(trial) }
        return row
    }
    let bySize = sizes.map { run($0, uncounted: 0) }
    var rows = zip(sizes, bySize).map { row("\($0) services", $1) }
    for fault in CauseMesh.Fault.allCases {
        rows.append(row(fault.rawValue, bySize.joined().filter { $0.fault == fault }))
    }
    rows.append(row("20 services, a fifth without a proxy", run(20, uncounted: 0.2)))
    return rows
}

/// Some services of one mesh, each broken on its own copy of a judge that has seen 50 windows.
private func causeTrials(
    size: Int, uncounted: Double, atMost limit: Int, _ random: inout RandomStream
) -> [CauseTrial] {
    var mesh = CauseMesh(size: size, uncounted: uncounted, random: &random)
    var judge = Judge()
    for _ in 0..<50 { _ = judge.observe(mesh.pass(nil, random: &random), now: mesh.now) }
    // Nobody can find out about a service that nobody calls.
    var targets = (0..<size).filter { mesh.load[$0] >= 10 }
    var trials: [CauseTrial] = []
    while trials.count < limit, !targets.isEmpty {
        let target = targets.remove(at: random.below(targets.count))
        let faults = CauseMesh.Fault.allCases.filter { mesh.canHave($0, target) }
        let fault = faults[random.below(faults.count)]
        let injection = CauseMesh.Injection(
            service: target, fault: fault, share: 0.1 * .pow(10, random.unit()))
        trials.append(causeTrial(injection, judge, mesh, &random))
    }
    return trials
}

private func causeTrial(
    _ injection: CauseMesh.Injection, _ trained: Judge, _ calm: CauseMesh,
    _ random: inout RandomStream
) -> CauseTrial {
    var judge = trained
    var mesh = calm
    let name = CauseMesh.name(injection.service)
    let target = WorkloadRef(kind: "Deployment", namespace: RawMesh.namespace, name: name)
    judge.beginRound(
        id: 1, policy: "bench", at: mesh.now, namespaces: [RawMesh.namespace], target: target)
    for _ in 0..<6 { _ = judge.observe(mesh.pass(injection, random: &random), now: mesh.now) }
    let verdict = judge.endRound(id: 1, at: mesh.now)
    var trial = CauseTrial(fault: injection.fault)
    guard judge.causes.strikes == 1 else { return trial }
    trial.isTraced = true
    trial.rank = judge.causes.hits == 1 ? 1 : judge.causes.hitsInThree == 1 ? 3 : nil
    trial.isStrongest = verdict.harmed.first?.service.name == name
    if trial.rank == 1, let first = verdict.harmed.first,
        let cause = judge.rootCauses(of: first.service).first
    {
        trial.isKind = cause.service.name == name && cause.kind == injection.fault.kind
    }
    return trial
}
