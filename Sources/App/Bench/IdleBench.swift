// What a daemon with nothing to do costs: the real doors and parts, with an API server of no pods
// in the same process, for a few seconds.

import Core
import Engine
import Faults
import Glibc
import Host
import Kubernetes
import LocalCluster
import Platform
import Signals

enum IdleBench {
    private static let time = Duration.seconds(20)

    static func figures() async throws -> [BenchFigure] {
        let directory = "/tmp/hazard-bench-\(getpid())"
        try FileSystem.createDirectory(directory)
        let journal = directory + "/journal"
        defer {
            for suffix in ["", "-wal", "-shm", ".lock"] { unsafe unlink(journal + suffix) }
            unsafe rmdir(directory)
        }
        let clock = SystemClock()
        let storage = try SQLiteStorage(path: journal)
        let interruption = Interruption()
        let server = LocalCluster(
            clock: clock, seed: 1, kubelet: ModelledKubelet(clock: clock),
            settings: ClusterSettings(heartbeat: .zero))
        let network = InProcess(handler: server)
        let client = APIClient(
            access: ClusterAccess(server: "http://bench"), network: network, clock: clock,
            version: Version.number)
        let reflector = Reflector(client: client, scope: ClusterScope(), seed: 1)
        let scrape = ScrapeSource(
            ScrapeSource.Settings(interval: .seconds(15)),
            targets: AnnotatedPods(client: client, clock: clock, refresh: .seconds(10)),
            clock: clock, network: network)
        var assembly = Assembly(
            world: World(clock: clock, network: network, storage: storage, seed: 1),
            instance: "bench", policies: [], client: client, view: reflector, source: scrape,
            judge: JudgeSettings(), catalog: .all, interruption: interruption)
        assembly.background = [{ await reflector.run() }, { await scrape.run() }]
        let parts = try await assembly.build()
        var usage: (share: Double, resident: Double)?
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await parts.run() }
            try? await clock.sleep(for: .seconds(3))
            let start = (cpu: Stopwatch.now, up: clock.uptime)
            try? await clock.sleep(for: time)
            let spent = Stopwatch.now - start.cpu
            let resident = Double(ProcessUsage.current?.residentBytes ?? 0)
            usage = (spent / (clock.uptime - start.up).inSeconds, resident)
            interruption.raise("measured")
            await group.waitForAll()
        }
        try storage.close()
        guard let usage else { return [] }
        return [
            BenchFigure(
                name: "idle daemon, CPU of one core", value: usage.share * 100, unit: "%",
                target: .atMost(0.5)),
            BenchFigure(
                name: "idle daemon, resident (this process)", value: usage.resident / 1e6,
                unit: "MB", target: .atMost(40)),
        ]
    }
}

/// A network whose every host is one handler in this process.
private struct InProcess: Network {
    let handler: any Handler

    func exchange(_ request: Request) async throws(Failure) -> Response {
        switch await handler.handle(try local(request)) {
        case .response(let response): return response
        case .stream, .disconnect: throw Failure(.transient, "the connection was closed")
        }
    }

    func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        switch await handler.handle(try local(request)) {
        case .response(let response):
            let rest = Lock<[UInt8]?>(response.body)
            let pull: @Sendable () async throws(Failure) -> [UInt8]? = { () async throws(Failure) in
                rest.withLock { rest in
                    let piece = rest
                    rest = nil
                    return piece
                }
            }
            return ResponseStream(
                status: response.status, headers: response.headers,
                body: BodyStream(next: pull))
        case .stream(let stream): return stream
        case .disconnect: throw Failure(.transient, "the connection was closed")
        }
    }

    private func local(_ request: Request) throws(Failure) -> Request {
        guard let url = URLParts(request.url) else {
            throw Failure(.rejected, "\(request.url) is not a URL")
        }
        var inner = request
        inner.url = url.path + (url.query.map { "?" + $0 } ?? "")
        return inner
    }
}
