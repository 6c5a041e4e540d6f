// The cluster behind a socket, for kubectl. With HAZARD_SERVE=seconds it stays up, for work by
// hand.

import Core
import Glibc
import LocalCluster
import Platform
import Testing

@Suite struct KubectlTests {
    @Test(.enabled(if: unsafe getenv("HAZARD_SERVE") != nil))
    func servesByHand() async throws {
        let clock = RealClock()
        let cluster = LocalCluster(
            clock: clock, seed: 1, kubelet: ModelledKubelet(clock: clock))
        let server = try TestServer(cluster)
        await cluster.seedDemoNodes()
        print("SERVING http://127.0.0.1:\(server.port)")
        fflush(nil)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await cluster.run() }
            try? await Task.sleep(for: .seconds(240))
            server.stop()
            group.cancelAll()
        }
    }
}
