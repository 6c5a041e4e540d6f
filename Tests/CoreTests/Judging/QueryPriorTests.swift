// Services learn from their neighbours in the mesh, not from signals in PromQL, which count
// something else.

import Testing

@testable import Core

@Suite struct QueryPriorTests {
    @Test func signalsInPromQLSayNothingOfTheMesh() throws {
        var mesh = MeshTraffic(pods: ["client"])
        var judge = Judge()
        var random = RandomStream(seed: 6)
        let queries = (0..<4).map {
            SignalQuery(
                namespace: "go-app", name: "q\($0)", kind: .ratio(bad: "sum(b)", total: "sum(t)"))
        }
        judge.ask(queries)
        var totals = 0.0
        var bads = 0.0
        func counters(_ value: Double) -> QueryAnswer.Content {
            .counters([
                SampleSeries(
                    metric: "c", labels: Labels([:]), reporter: "client",
                    samples: [Sample(time: mesh.now, value: value)])
            ])
        }
        func pass(_ windows: Int, services: Int) {
            for _ in 0..<windows {
                for service in 0..<services {
                    let n = random.poisson(100)
                    let bad = random.binomial(n, 0.002)
                    mesh.send(n - bad, from: "client", workload: "client", to: "s\(service)")
                    mesh.send(
                        bad, from: "client", workload: "client", to: "s\(service)", code: "500")
                }
                var reading = mesh.scrape()
                totals += 100
                bads += random.binomial(100, 0.3)
                for query in queries {
                    reading.answers += [("total", totals), ("bad", bads)].map {
                        QueryAnswer(service: query.service, key: $0, content: counters($1))
                    }
                }
                _ = judge.observe(reading, now: mesh.now)
            }
        }
        pass(200, services: 5)
        pass(60, services: 6)
        let fresh = ServiceRef(namespace: "go-app", name: "s5")
        let prior = try #require(judge.services[fresh]?.track.prior)
        #expect(prior.services == 5 || prior.services == 6)
        #expect(prior.mean < 0.02, "\(prior.mean)")
        #expect(judge.services[queries[0].service]?.track.prior == nil)
    }
}
