import Core
import Engine
import Faults
import LocalCluster
import Platform
import Testing

/// What deleting does (and evicting, where both are one), besides the contract of every fault.
@Suite struct PodDeleteTests {
    @Test(arguments: ["pod-delete", "pod-evict"])
    func theGracePeriodReachesThePod(kind: String) {
        FaultWorld.run { world in
            for (written, seconds) in [("0s", 0), ("1500ms", 2), ("1h", 3600)] {
                let fault = try FaultCatalog.all.make(
                    kind, json: ["gracePeriod": .string(written)])
                let target = try await world.target()
                #expect(try await fault.inject(target, in: world.cluster) == .accepted)
                let pod = await world.local.objects("v1", "pods").first {
                    $0[path: ["metadata", "uid"]]?.string == target.uid
                }
                if seconds == 0, pod == nil { continue }
                let grace = pod?[path: ["metadata", "deletionGracePeriodSeconds"]]?.integer
                #expect(grace == seconds, "\(written)")
                try await world.until("two pods are ready again") {
                    let pods = try await world.cluster.snapshot().pods
                    return pods.filter { $0.flags.contains(.ready) }.count >= 2
                        && !pods.contains { $0.uid == target.uid }
                }
            }
        }
    }

    @Test(arguments: ["-1s", "2h", "soon", "5"])
    func otherGracePeriodsAreMistakes(written: String) {
        #expect(throws: ConfigError.self) {
            try FaultCatalog.all.make("pod-delete", json: ["gracePeriod": .string(written)])
        }
    }

    @Test func aTerminatingPodCountsAsHit() {
        FaultWorld.run { world in
            let fault = try FaultCatalog.all.make("pod-delete", json: [:])
            let target = try await world.target()
            #expect(try await fault.inject(target, in: world.cluster) == .accepted)
            let pod = try await world.cluster.pod(namespace: "go-app", name: target.name)
            #expect(pod?.terminating == true)
            #expect(try await fault.delivery(of: target, in: world.cluster) == .delivered)
        }
    }
}
