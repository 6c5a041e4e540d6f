// The application of a simulated cluster: the tutorial's services as a traffic model that follows
// the cluster's pods, and answers scrapes at their addresses. No request is ever made.

import Core
import DemoApplication
import LocalCluster
import Platform

/// Traffic over the pods of a local cluster.
actor SimulatedMesh: Handler {
    private var model: TrafficModel
    private let cluster: LocalCluster
    private let clock: any WallClock
    private let namespace: String
    /// Pod addresses to uids.
    private var addresses: [String: String] = [:]

    private var isSilent = false

    /// While silent, traffic goes on, but nobody answers a scrape.
    func setSilent(_ isSilent: Bool) { self.isSilent = isSilent }

    /// The ingress gateway's address: it is no pod of the cluster.
    static let gateway = "gateway"

    init(cluster: LocalCluster, clock: any WallClock, namespace: String, rate: Double, seed: UInt64)
    {
        self.cluster = cluster
        self.clock = clock
        self.namespace = namespace
        model = TrafficModel(
            topology: .tutorial(namespace: namespace, rate: rate), seed: seed, start: clock.now)
    }

    /// Follows the cluster until cancelled.
    func run() async {
        while !Task.isCancelled {
            await follow()
            do throws(Failure) { try await clock.sleep(for: .seconds(1)) } catch { return }
        }
    }

    private func follow() async {
        let pods = await cluster.objects("v1", "pods", namespace: namespace)
        var seen: [ModelPod] = []
        addresses = [:]
        for pod in pods {
            guard let uid = pod[path: ["metadata", "uid"]]?.string,
                let app = pod[path: ["metadata", "labels", "app"]]?.string
            else { continue }
            let statuses = pod[path: ["status", "containerStatuses"]]?.array ?? []
            let alive =
                !statuses.isEmpty
                && statuses.allSatisfy { $0[path: ["state", "running"]] != nil }
            let conditions = pod[path: ["status", "conditions"]]?.array ?? []
            let ready = conditions.contains {
                $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
            }
            let terminating = pod[path: ["metadata", "deletionTimestamp"]] != nil
            seen.append(
                ModelPod(
                    uid: uid, service: ServiceName(app, namespace), alive: alive,
                    ready: ready && !terminating))
            if alive, let address = pod[path: ["status", "podIP"]]?.string {
                addresses[address] = uid
            }
        }
        model.update(seen, at: clock.now)
    }

    func handle(_ request: Request) async -> Reply {
        model.advance(to: clock.now)
        if isSilent { return .disconnect }
        let host = request.headers["Host"].map { String($0.prefix { $0 != ":" }) } ?? ""
        let text =
            host == Self.gateway
            ? model.exposition(ofEntry: 0) : addresses[host].flatMap { model.exposition(of: $0) }
        guard let text else { return .disconnect }
        return .response(
            Response(status: 200, contentType: "text/plain; version=0.0.4", text: text))
    }

    /// Answers that users got so far, by status.
    var answers: [Int: Int] { model.answers }
}
