// What a daemon with nothing to do costs: `hazard run` as a process of its own, with its listener,
// its journal and an API server of no pods, watched from outside for some seconds.

import Core
import Glibc
import Host
import LocalCluster
import Platform

enum IdleBench {
    /// Until the daemon has listed the cluster, its first ticks are over and what only they needed
    /// is given back.
    private static let settling = Duration.seconds(20)
    private static let time = Duration.seconds(20)

    static func figures() async throws -> [BenchFigure] {
        let directory = "/tmp/hazard-bench-\(getpid())"
        try FileSystem.createDirectory(directory)
        defer {
            let journal = ["", "-wal", "-shm", ".lock"].map { "journal.db" + $0 }
            for name in journal + ["kubeconfig", "policy.yaml", "hazard.yaml"] {
                unsafe unlink(directory + "/" + name)
            }
            unsafe rmdir(directory)
        }
        let clock = SystemClock()
        let server = LocalCluster(
            clock: clock, seed: 1, kubelet: ModelledKubelet(clock: clock),
            settings: ClusterSettings(heartbeat: .zero))
        let listening = Listening()
        let usage = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await listening.serve(server, port: 0) }
            defer { group.cancelAll() }
            let port = try await listening.port()
            try writeFiles(directory, api: "http://127.0.0.1:\(port)")
            return try await watch(directory, clock)
        }
        return [
            BenchFigure(
                name: "idle daemon, CPU of one core", value: usage.share * 100, unit: "%",
                target: .atMost(0.5)),
            BenchFigure(
                name: "idle daemon, resident", value: usage.resident / 1e6, unit: "MB",
                target: .atMost(40)),
        ]
    }

    /// Runs the daemon and returns its share of a core and its resident bytes.
    private static func watch(
        _ directory: String, _ clock: SystemClock
    ) async throws -> (share: Double, resident: Double) {
        let daemon = try ChildProcess(
            .init(
                ProcessKubelet.ownExecutable, ["run", "--config", directory + "/hazard.yaml"],
                directory: directory, output: .discard))
        defer { daemon.signal(SIGKILL) }
        try await clock.sleep(for: settling)
        let before = ProcessUsage.of(pid: daemon.pid)
        let start = clock.uptime
        try await clock.sleep(for: time)
        let after = ProcessUsage.of(pid: daemon.pid)
        let spent = clock.uptime - start
        let status = await daemon.stop()
        guard let before, let after, status == .exited(0) else {
            throw Failure(.transient, "the daemon did not run through: \(status)")
        }
        return (
            (after.cpuSeconds - before.cpuSeconds) / spent.inSeconds, Double(after.residentBytes)
        )
    }

    private static func writeFiles(_ directory: String, api: String) throws(Failure) {
        func write(_ text: String, _ name: String) throws(Failure) {
            try FileSystem.writeAtomically(Array(text.utf8), to: directory + "/" + name)
        }
        try write(DemoFiles.kubeconfig(server: api), "kubeconfig")
        try write(
            """
            apiVersion: hazard.dev/v1alpha1
            kind: ChaosPolicy
            metadata: {name: idle, namespace: go-app}
            spec:
              mode: enforce
              schedule: {every: 1h}
              faults: [{kind: pod-evict}]

            """, "policy.yaml")
        try write(
            """
            apiVersion: hazard.dev/v1alpha1
            kind: HazardConfiguration
            listen: 127.0.0.1:0
            journal: journal.db
            policies: [policy.yaml]
            kubernetes: {kubeconfig: kubeconfig}
            signals: {kind: scrape, interval: 15s}

            """, "hazard.yaml")
    }
}
