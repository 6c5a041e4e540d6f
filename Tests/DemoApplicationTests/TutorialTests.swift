// The tutorial's story, told by the demo's processes in memory.

import Core
import DemoApplication
import Platform
import Testing

/// The samples of `family` on a page that have every one of `labels`, added up.
private func sum(_ page: String, _ family: String = "istio_requests_total", _ labels: String...)
    -> Int
{
    page.split(separator: "\n").filter { line in
        line.hasPrefix(family + "{") && labels.allSatisfy { line.contains($0) }
    }.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
}

/// Where `part` first occurs in `text`, in bytes.
private func place(of part: String, in text: String) -> Int? {
    let whole = Array(text.utf8)
    let piece = Array(part.utf8)
    return whole.indices.first { whole[$0...].starts(with: piece) }
}

@Suite struct TutorialTests {
    private func started() throws -> TutorialMesh {
        let mesh = TutorialMesh()
        try mesh.start("go-app-db", 1)
        for number in 1...2 {
            try mesh.start("go-app", number)
            try mesh.start("repeater", number)
        }
        try mesh.start("gateway", 1)
        return mesh
    }

    private func isServing(_ mesh: TutorialMesh) async -> Bool {
        await eventually {
            do {
                mesh.clock.advance(.seconds(1))
                for _ in 0..<6 where try await mesh.visit() != 200 { return false }
                return true
            } catch { return false }
        }
    }

    private func text(_ mesh: TutorialMesh, _ service: String, _ number: Int) async throws -> String
    {
        String(decoding: try await mesh.scrape(service, number).body, as: UTF8.self)
    }

    @Test func aKilledDatabaseBreaksTheApplicationForGood() async throws {
        let mesh = try started()
        try await mesh.run {
            #expect(await isServing(mesh))
            mesh.kill("go-app-db", 1)
            #expect(try await mesh.visit() == 500)
            try mesh.start("go-app-db", 2)
            #expect(
                await eventually {
                    do {
                        mesh.clock.advance(.seconds(1))
                        let page = try await text(mesh, "go-app-db", 2)
                        _ = try await mesh.visit()
                        return sum(page, "istio_requests_total", "reporter=\"destination\"") > 0
                    } catch { return false }
                })
            let before = sessions(mesh)
            for _ in 0..<20 {
                let status = try await mesh.visit()
                #expect(status == 500)
            }
            #expect(sessions(mesh) == before)
            // Every pod is well, says its probe.
            for (service, number) in [("repeater", 1), ("go-app", 1), ("go-app", 2)] {
                let pod = try mesh.pod(service, number)
                let probe = Request("GET", "http://\(pod.address):8080/")
                #expect(try await mesh.network.exchange(probe).status == 200)
            }
            try await brokenEdge(mesh)
            // The rollout restart: new processes, new sessions.
            for number in 1...2 {
                mesh.kill("go-app", number)
                try mesh.start("go-app", number + 2)
            }
            #expect(await isServing(mesh))
        }
    }

    /// How often a session was asked for.
    private func sessions(_ mesh: TutorialMesh) -> Int {
        mesh.network.requests.filter { $0.url.hasSuffix(":27017/session") }.count
    }

    /// The error shows on both sides of go-app -> go-app-db, and upwards.
    private func brokenEdge(_ mesh: TutorialMesh) async throws {
        let database = try await text(mesh, "go-app-db", 2)
        #expect(
            sum(
                database, "istio_requests_total", "reporter=\"destination\"",
                "source_workload=\"go-app\"", "response_code=\"500\"") >= 20)
        let app =
            try await text(mesh, "go-app", 1) + (try await text(mesh, "go-app", 2))
        #expect(
            sum(
                app, "istio_requests_total", "reporter=\"source\"",
                "destination_service=\"go-app-db.go-app.svc.cluster.local\"",
                "destination_workload=\"go-app-db\"", "response_code=\"500\"",
                "response_flags=\"-\"") >= 20)
        #expect(
            sum(
                app, "istio_requests_total", "reporter=\"destination\"",
                "source_workload=\"repeater\"", "response_code=\"500\"") >= 20)
        let gateway = try await text(mesh, "gateway", 1)
        #expect(
            sum(
                gateway, "istio_requests_total", "source_workload=\"istio-ingressgateway\"",
                "source_workload_namespace=\"istio-system\"", "reporter=\"source\"",
                "destination_service=\"repeater.go-app.svc.cluster.local\"",
                "response_code=\"500\"") >= 20)
    }

    @Test func aKilledRepeaterIsNotFelt() async throws {
        let mesh = try started()
        try await mesh.run {
            #expect(await isServing(mesh))
            mesh.kill("repeater", 1, noticed: false)
            for _ in 0..<20 {
                let status = try await mesh.visit()
                #expect(status == 200)
            }
            mesh.publish("repeater")
            mesh.clock.advance(.seconds(2))
            for _ in 0..<20 {
                let status = try await mesh.visit()
                #expect(status == 200)
            }
        }
    }

    @Test func theMergedPageIsAgentThenProxyThenApplication() async throws {
        let mesh = try started()
        try await mesh.run {
            #expect(await isServing(mesh))
            let answer = try await mesh.scrape("go-app", 1)
            let page = String(decoding: answer.body, as: UTF8.self)
            let parts = [
                "istio_agent_process_start_time_seconds", "istio_build{component=\"proxy\"",
                "istio_requests_total{", "http_server_resp_time_bucket{service=\"go-app\"",
            ]
            let places = try parts.map { part in
                try #require(place(of: part, in: page), "\(part) is missing")
            }
            #expect(places == places.sorted())
            #expect(!page.contains("# EOF"))
            #expect(page.hasSuffix("\n"))
            #expect(answer.headers["Content-Type"]?.hasPrefix("text/plain") == true)
        }
    }

    @Test func theLoadGeneratorCountsWhatUsersSee() async throws {
        let mesh = TutorialMesh()
        try mesh.start("go-app-db", 1)
        for number in 1...2 {
            try mesh.start("go-app", number)
            try mesh.start("repeater", number)
        }
        try mesh.start("gateway", 1, load: "10")
        try await mesh.run {
            let gateway = try mesh.pod("gateway", 1).proxy
            let load = try #require(gateway.load)
            #expect(await eventually { load.tally.succeeded >= 50 })
            mesh.kill("go-app-db", 1)
            let good = load.tally
            #expect(await eventually { load.tally.failed >= good.failed + 50 })
            let end = load.tally
            #expect(end.total == end.succeeded + end.failed)
            #expect((end.statuses[500] ?? 0) >= 40)
            // The gateway's proxy has counted at least what users have seen.
            let page = try await text(mesh, "gateway", 1)
            #expect(sum(page, "istio_requests_total", "reporter=\"source\"") >= end.total)
        }
    }
}
