// Journals on disk for command tests: written by the real journal on the real storage.

import Engine
import Glibc
import Host
import Platform

@testable import App
@testable import Core

/// A journal in a directory that is removed at the end.
struct SampleJournal {
    let directory: String
    var path: String { directory + "/hazard.db" }

    static let policy = "go-app/demo"
    static let seed: UInt64 = 42

    /// Runs `body` with an empty directory.
    static func with<Value>(
        _ body: (SampleJournal) async throws -> Value
    ) async throws -> Value {
        let number = UInt64.random(in: 0 ... .max)
        let directory = "/tmp/hazard-command-test-\(getpid())-\(number)"
        try FileSystem.createDirectory(directory)
        defer {
            for file in (try? FileSystem.list(directory)) ?? [] {
                unsafe unlink(directory + "/" + file)
            }
            unsafe rmdir(directory)
        }
        return try await body(SampleJournal(directory: directory))
    }

    /// Appends events as one life of the program would.
    func write(_ events: [Event]) async throws {
        let storage = try SQLiteStorage(path: path)
        let journal = try await Journal(storage: storage, clock: SystemClock())
        for event in events { try await journal.record(event) }
        try storage.close()
    }

    /// Rewrites the stored rows past the journal, as damage would.
    func damage(_ change: (inout [[UInt8]]) -> Void) async throws {
        let storage = try SQLiteStorage.reader(path: path)
        var rows = try await storage.records()
        try storage.close()
        change(&rows)
        for suffix in ["", "-wal", "-shm"] { unsafe unlink(path + suffix) }
        let damaged = try SQLiteStorage(path: path)
        for row in rows { try await damaged.append(row) }
        try damaged.close()
    }

    static let start = Event.started(Started(version: "0.1.0", seed: seed, instance: "host-1"))
    static let stop = Event.stopped(Stopped(reason: "asked to"))
    static let policies = Event.policies(
        PoliciesLoaded(
            policies: [.init(id: policy, mode: .enforce, digest: "d", source: "demo.yaml")],
            errors: []))

    static func target(_ name: String) -> Target {
        Target(
            kind: .pod, namespace: "go-app", name: name, uid: name + "-uid",
            workload: WorkloadRef(kind: "Deployment", namespace: "go-app", name: "go-app"),
            node: "node-1")
    }

    /// A plan that redraws: one workload of one pod, one fault.
    static func planned(_ number: Int) -> Planned {
        let seed = RandomStream.fork(seed, policy, UInt64(number))
        var random = RandomStream(seed: seed)
        let isSham = random.unit() < 0.2
        let pod = target("go-app-\(number)")
        return Planned(
            round: number, policy: policy, digest: "d",
            tick: Timestamp(seconds: 1_800_000_000), seed: seed,
            assignment: isSham ? .sham : .strike, target: pod, fault: "pod-delete",
            parameters: ["gracePeriod": "0s"], targetProbability: 1, faultProbability: 1,
            shamProbability: 0.2, eligiblePods: 1, eligibleWorkloads: 1, excluded: [:],
            pool: DrawPool(
                choose: .workload, faults: [.init(kind: "pod-delete", weight: 1)],
                candidates: [.init(workload: pod.workload, pods: [pod.name])]))
    }

    static func injecting(_ number: Int) -> Event {
        .injecting(
            Injecting(
                round: number, policy: policy, target: target("go-app-\(number)"),
                fault: "pod-delete", parameters: ["gracePeriod": "0s"], undo: [:],
                deadline: Timestamp(seconds: 4_000_000_000), fencingToken: 1))
    }

    /// What the judge learned: services of `go-app` with so many requests per window of 15 s.
    static func learned(_ services: [(String, Double)]) -> Event {
        let entries = services.map { name, perWindow in
            var random = RandomStream(seed: 5)
            var baseline = Baseline()
            for _ in 0..<1000 {
                let total = random.poisson(perWindow)
                baseline.learn(
                    total: total, bad: random.binomial(total, 0.001), seconds: 15, decay: 1)
            }
            return JudgeSketch.Entry(
                service: ServiceRef(namespace: "go-app", name: name),
                signals: [
                    .init(
                        signal: .badRatio, bounds: [], baselines: [baseline],
                        calibration: TailCalibration())
                ])
        }
        return .learned(
            Learned(
                interval: 15,
                sketch: JudgeSketch(
                    services: entries, shams: ShamCalibration(), causes: CauseScore(),
                    online: OnlineTests(alpha: 0.01))))
    }

    /// A round from its plan to its end.
    static func round(_ number: Int) -> [Event] {
        [
            .planned(planned(number)),
            .judged(
                Judged(
                    round: number,
                    verdict: Verdict(
                        kind: .noHarm, confidence: 0.99, text: "no harm above 0.4 % (99 %)"))),
            .closed(Closed(round: number, outcome: .noHarm)),
        ]
    }

    static let anomaly: Event = {
        let evidence = Evidence(
            service: ServiceRef(namespace: "go-app", name: "go-app-db"), signal: .badRatio,
            before: 0.001, baselineUpper: 0.002, now: 0.98, requests: 100, bad: 98, excess: 97,
            nats: 50, threshold: 18)
        return .anomaly(
            AnomalyOpened(
                id: 1,
                anomaly: Anomaly(
                    evidence: evidence, onset: Timestamp(seconds: 1_800_000_000),
                    detectedAt: Timestamp(seconds: 1_800_000_015)), round: 1,
                cause: "round 1 deleted go-app-1"))
    }()
}

/// What a command wrote.
final class Recorded: Sendable {
    private let kept = Lock<(lines: [String], errors: [String], warnings: [String])>(
        ([], [], []))

    var output: Output {
        Output(
            { [kept] line in kept.withLock { $0.lines.append(line) } },
            problems: { [kept] line in kept.withLock { $0.errors.append(line) } },
            notices: { [kept] line in kept.withLock { $0.warnings.append(line) } })
    }

    var lines: [String] { kept.withLock { $0.lines } }
    var text: String { lines.joined(separator: "\n") }
    var errors: [String] { kept.withLock { $0.errors } }
    var warnings: [String] { kept.withLock { $0.warnings } }
    /// The one JSON document of the output.
    var json: JSON? { try? JSON(parsing: text) }
}
