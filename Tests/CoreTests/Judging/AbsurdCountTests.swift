// A counter value that no counter can have: the window is blind, and nothing is learned from it.

import Testing

@testable import Core

@Suite struct AbsurdCountTests {
    private struct Calm {
        var mesh = MeshTraffic(pods: ["client"])
        var judge = Judge()
        var random = RandomStream(seed: 3)
        var outputs: [JudgeOutput] = []

        /// Windows of some 150 requests, each of them reported as `value` if there is one.
        mutating func pass(_ windows: Int, reported value: Double? = nil) {
            for _ in 0..<windows {
                mesh.send(random.poisson(150), from: "client", workload: "client", to: "shop")
                var reading = mesh.scrape()
                if let value {
                    for at in reading.series.indices { reading.series[at].samples[0].value = value }
                }
                outputs += judge.observe(reading, now: mesh.now)
            }
        }

        var baseline: Baseline? { judge.services.values.first?.track.baseline }
    }

    /// Beyond what a double counts for one scrape; or jumps that a counter can hold, but nobody can
    /// serve so many.
    @Test(arguments: [(1.8e19, 0), (0, 8e15), (0, 1e13)])
    func absurdCountsAreNotLearned(reported: Double, jump: Double) throws {
        var calm = Calm()
        calm.pass(100)
        let before = try #require(calm.baseline)
        calm.outputs = []
        calm.mesh.send(jump, from: "client", workload: "client", to: "shop")
        calm.pass(1, reported: reported > 0 ? reported : nil)
        calm.pass(1)
        let blind = calm.outputs.contains {
            if case .window(let window) = $0 { window.services[0].blind != nil } else { false }
        }
        #expect(blind)
        calm.pass(40)
        let after = try #require(calm.baseline)
        #expect(after.weight < before.weight + 45 * 200)
        #expect(abs(after.windowSize - before.windowSize) < 5)
        for case .anomaly(let anomaly) in calm.outputs { Issue.record("\(anomaly.text)") }
    }

    @Test func aForgottenLevelDoesNotHoldTheNewOneBack() {
        var baseline = Baseline()
        var random = RandomStream(seed: 4)
        func learn(_ windows: Int, _ size: Double) {
            for _ in 0..<windows {
                let ratio = 0.02 * random.gamma(2) / 2
                baseline.learn(
                    total: size, bad: random.binomial(size, ratio), seconds: 15, decay: 1)
            }
        }
        learn(5000, 150)
        let rho = baseline.rho
        baseline.forgetLevel(carried: 200)
        #expect(abs(baseline.rho - rho) < 1e-9 && baseline.windowSize == 150)
        learn(30, 1500)
        #expect(baseline.windowSize > 1000, "\(baseline.windowSize)")
    }
}
