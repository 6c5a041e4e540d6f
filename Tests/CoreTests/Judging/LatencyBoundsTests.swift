// Histograms whose buckets change under the judge's eyes.

import Testing

@testable import Core

@Suite struct LatencyBoundsTests {
    /// A proxy that comes with other buckets after an update.
    private struct Updated {
        var mesh = MeshTraffic(pods: ["old"])
        var judge = Judge(settings: JudgeSettings(signals: [.latency]))
        var random = RandomStream(seed: 9)
        var bounds: [Double] = [5, 10, 25, 100, .infinity]
        var shares: [Double] = [0.3, 0.4, 0.22, 0.07]
        var anomalies: [Anomaly] = []

        mutating func pass(_ windows: Int) {
            for _ in 0..<windows {
                let pod = mesh.pods[0]
                let n = random.poisson(150)
                mesh.send(n, from: pod, workload: "client", to: "shop")
                var left = n
                var rest = 1.0
                var buckets: [(bound: Double, count: Double)] = []
                for (at, bound) in bounds.enumerated() {
                    let share = at < shares.count ? min(1, shares[at] / max(rest, 1e-9)) : 1
                    let count = random.binomial(left, share)
                    buckets.append((bound, count))
                    left -= count
                    rest -= at < shares.count ? shares[at] : 0
                }
                mesh.answer(buckets, from: pod, workload: "client", to: "shop")
                for case .anomaly(let found) in judge.observe(mesh.scrape(), now: mesh.now) {
                    anomalies.append(found)
                }
            }
        }

        mutating func update() {
            mesh.remove("old")
            mesh.pods = ["new"]
            bounds = [4, 8, 20, 80, .infinity]
        }

        var status: ServiceStatus? { judge.learned.first { $0.signal == .latency } }
    }

    @Test func newBucketsAreLearned() throws {
        var service = Updated()
        service.pass(120)
        #expect(service.status?.ready == true && service.status?.blind == nil)
        service.update()
        service.pass(10)
        #expect(service.status?.blind == "the histogram has other buckets now")
        service.pass(120)
        #expect(service.status?.ready == true && service.status?.blind == nil)
        #expect(service.anomalies.isEmpty)
        service.shares = [0.02, 0.02, 0.02, 0.14]
        service.pass(4)
        #expect(service.anomalies.count == 1)
    }

    /// What was slow before the update is not over because nobody can measure it any more.
    @Test func whatIsOpenStaysOpenUntilItIsAccepted() throws {
        var service = Updated()
        service.pass(120)
        service.shares = [0.02, 0.02, 0.02, 0.14]
        service.pass(4)
        #expect(service.judge.current.count == 1)
        service.update()
        service.shares = [0.3, 0.4, 0.22, 0.07]
        service.pass(60)
        let open = try #require(service.judge.current.first)
        #expect(service.status?.blind == "the histogram has other buckets now")
        _ = service.judge.accept(open.evidence.service, .latency, at: service.mesh.now)
        service.pass(120)
        #expect(service.judge.current.isEmpty && service.status?.ready == true)
        #expect(service.status?.blind == nil)
    }
}
