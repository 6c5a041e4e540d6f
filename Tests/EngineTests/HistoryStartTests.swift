// A first start learns from what the metrics server remembers.

import Core
import Engine
import Platform
import Simulation
import Testing

/// A source with two days of memory and one quiet target.
private struct RememberingSource: SignalSource {
    let interval = Duration.seconds(15)
    let pages = Lock<[Int]>([])
    let questions = Lock<[Question]>([])

    func read(_ question: Question) async throws(Failure) -> Reading {
        questions.withLock { $0.append(question) }
        return Reading(
            series: [], reporters: [.init(name: "p", lastScrape: question.until)],
            completeUntil: question.until)
    }

    func history(_ question: Question, page: Int) async throws(Failure) -> HistoryPage? {
        pages.withLock { $0.append(page) }
        guard page < 2, question.namespaces == ["shop"] else { return nil }
        let end = question.until - .seconds(86_400) * page
        func series(_ code: String, _ value: Double) -> SampleSeries {
            SampleSeries(
                metric: "istio_requests_total",
                labels: Labels([
                    "reporter": "source", "response_code": code,
                    "destination_service": "cart.shop.svc.cluster.local",
                ]), reporter: "",
                samples: (0..<1440).map {
                    Sample(time: end - .seconds(60) * $0, value: value)
                })
        }
        return HistoryPage(step: .seconds(60), series: [series("200", 99), series("503", 1)])
    }
}

@Suite struct HistoryStartTests {
    @Test func baselinesAreReadyBeforeTheFirstWindow() {
        inVirtualTime { time in
            let storage = SimulatedStorage(clock: time, seed: 1)
            let journal = try await Journal(storage: storage, clock: time)
            let source = RememberingSource()
            let watch = SignalWatch(
                judge: Judge(), source: source, journal: journal, clock: time,
                interruption: Interruption(), log: .silent)
            // Before the namespaces are known nothing can be asked: none would mean all.
            await watch.tick()
            #expect(source.pages.withLock { $0 } == [])
            #expect(source.questions.withLock { $0 } == [])
            let policy = Policy(
                name: "p", namespace: "shop", mode: .observe,
                schedule: Schedule(cadence: .every(.seconds(60))), targets: PodTargets(),
                faults: [], sham: 0, blastRadius: BlastRadius(), judge: JudgeTimes(),
                gate: GateRules(), source: "", digest: "")
            await watch.configure([policy]) { nil }
            await watch.tick()
            await watch.tick()
            #expect(source.pages.withLock { $0 } == [0, 1, 2])
            #expect(source.questions.withLock { $0.map(\.namespaces) } == [["shop"], ["shop"]])
            let status = await watch.services.first { $0.signal == .badRatio }
            #expect(status?.service.description == "shop/cart")
            #expect(status?.ready == true)
            #expect(abs((status?.baseline ?? 0) - 0.01) < 1e-9)
        }
    }
}
