// Signals in PromQL beside a mesh: they are tested in rounds, and are on no call graph.

import Core
import Testing

@Suite struct QueryInRoundTests {
    /// Five services and four signals in PromQL that all fail together from a round's beginning on.
    @Test func signalsOfThePolicyAreNoBystanders() {
        var mesh = MeshTraffic(pods: ["client"])
        var judge = Judge()
        var random = RandomStream(seed: 5)
        let queries = (0..<4).map {
            SignalQuery(
                namespace: "go-app", name: "q\($0)", kind: .ratio(bad: "sum(b)", total: "sum(t)"))
        }
        judge.ask(queries)
        var totals = [Double](repeating: 0, count: 4)
        var bads = [Double](repeating: 0, count: 4)
        func counters(_ value: Double) -> QueryAnswer.Content {
            .counters([
                SampleSeries(
                    metric: "c", labels: Labels([:]), reporter: "client",
                    samples: [Sample(time: mesh.now, value: value)])
            ])
        }
        func pass(_ windows: Int, _ share: Double) {
            for _ in 0..<windows {
                for service in 0..<5 {
                    mesh.send(
                        random.poisson(100), from: "client", workload: "client",
                        to: "s\(service)")
                }
                var reading = mesh.scrape()
                for (place, query) in queries.enumerated() {
                    let n = random.poisson(100)
                    totals[place] += n
                    bads[place] += random.binomial(n, share)
                    reading.answers.append(
                        QueryAnswer(
                            service: query.service, key: "total", content: counters(totals[place])))
                    reading.answers.append(
                        QueryAnswer(
                            service: query.service, key: "bad", content: counters(bads[place])))
                }
                _ = judge.observe(reading, now: mesh.now)
            }
        }
        pass(150, 0.002)
        judge.beginRound(
            id: 1, policy: "p", at: mesh.now, namespaces: ["go-app"],
            target: WorkloadRef(kind: "Deployment", namespace: "go-app", name: "s0"))
        pass(4, 0.5)
        #expect(judge.current.map(\.evidence.service.isQuery) == [true, true, true, true])
        #expect(judge.externalIncident(round: 1) == nil)
        let verdict = judge.endRound(id: 1, at: mesh.now)
        #expect(verdict.kind == .harm)
        #expect(verdict.harmed.count == 4)
        #expect(judge.unexpectedVictims(round: 1).isEmpty)
    }
}
