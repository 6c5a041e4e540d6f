// Many objects: lists stay whole, and with HAZARD_BENCH set the times are printed.

import Core
import Glibc
import LocalCluster
import Platform
import Testing

@Suite struct SizeTests {
    @Test func listsThousandsOfPods() async throws {
        let long = unsafe getenv("HAZARD_BENCH") != nil
        let count = long ? 10_000 : 500
        let bench = Bench()
        _ = await bench.send("POST", "/api/v1/namespaces", Manifest.namespace)
        let clock = ContinuousClock()
        let creating = try await clock.measure {
            for number in 0..<count { try await bench.cluster.apply(Manifest.pod("pod-\(number)")) }
        }
        var list = Response(status: 0)
        let listing = await clock.measure {
            list = await bench.send("GET", "/api/v1/namespaces/go-app/pods")
        }
        #expect(try list.json["items"]?.array?.count == count)
        if long {
            print("create \(count) pods: \(creating), list: \(listing), \(list.body.count) bytes")
            try await story(clock)
        }
    }

    /// An hour of the demo's size, in virtual time.
    private func story(_ clock: ContinuousClock) async throws {
        let bench = Bench(settings: ClusterSettings())
        try await bench.running {
            await bench.cluster.seedDemoNodes()
            _ = await bench.send("POST", "/api/v1/namespaces", Manifest.namespace)
            for name in ["a", "b", "c", "d", "e"] {
                try await bench.cluster.apply(Manifest.deployment(name))
            }
            let took = try await clock.measure {
                let end = bench.clock.uptime + .seconds(3600)
                try await bench.until("an hour", limit: .seconds(4000), step: .seconds(1)) {
                    bench.clock.uptime >= end
                }
            }
            print("an hour with 10 pods, a readiness probe a second each: \(took)")
        }
    }
}
