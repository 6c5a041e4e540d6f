// The pods that ask to be scraped, by their annotations, listed from the API server and remembered
// for a few seconds.

import Core
package import Engine
package import Kubernetes
package import Platform
import Signals

/// Scrape targets from the cluster's pods.
package actor AnnotatedPods: TargetProvider {
    private let client: APIClient
    private let namespaces: [String]
    private let clock: any WallClock
    private let refresh: Duration
    private var known: [ScrapeTarget] = []
    private var listedAt: Duration?

    /// Pods of `namespaces` (empty: of all), listed again after `refresh`.
    package init(
        client: APIClient, namespaces: [String] = [], clock: any WallClock, refresh: Duration
    ) {
        self.client = client
        self.namespaces = namespaces
        self.clock = clock
        self.refresh = refresh
    }

    package func targets() async throws(Failure) -> [ScrapeTarget] {
        if let listedAt, clock.uptime - listedAt < refresh { return known }
        var found: [ScrapeTarget] = []
        let lists: [String?] = namespaces.isEmpty ? [nil] : namespaces
        for namespace in lists {
            found += try await list(namespace)
        }
        known = found.sorted { $0.name < $1.name }
        listedAt = clock.uptime
        return known
    }

    /// Pods of one answer. A whole cluster in one would be hundreds of megabytes, which no daemon
    /// has room for and the network refuses.
    private static let page = 500

    /// Page by page; of each only the targets are kept.
    private func list(_ namespace: String?) async throws(Failure) -> [ScrapeTarget] {
        var found: [ScrapeTarget] = []
        var token = ""
        var isRestarted = false
        while true {
            var call = APICall(.list, .pods, namespace: namespace)
            call.query = [
                ("fieldSelector", "status.phase=Running"), ("limit", String(Self.page)),
            ]
            if !token.isEmpty { call.query.append(("continue", token)) }
            let answer: JSON
            do throws(Failure) { answer = try await client.json(call) } catch {
                // The token expired: the list begins anew, once.
                guard error.status == 410, !token.isEmpty, !isRestarted else { throw error }
                (found, token, isRestarted) = ([], "", true)
                continue
            }
            found += (answer["items"]?.array ?? []).compactMap(Self.target)
            let next = answer[path: ["metadata", "continue"]]?.string ?? ""
            if next.isEmpty { return found }
            if next == token {
                throw Failure(
                    .transient,
                    "cannot \(call.description): the server gives the same page again")
            }
            token = next
        }
    }

    private static func target(_ pod: JSON) -> ScrapeTarget? {
        guard let namespace = pod[path: ["metadata", "namespace"]]?.string,
            let name = pod[path: ["metadata", "name"]]?.string,
            let address = pod[path: ["status", "podIP"]]?.string,
            pod[path: ["status", "phase"]]?.string == "Running"
        else { return nil }
        var annotations: [String: String] = [:]
        for (key, value) in pod[path: ["metadata", "annotations"]]?.object?.members ?? [] {
            annotations[key] = value.string
        }
        return ScrapeTarget(
            namespace: namespace, pod: name, address: address, annotations: annotations,
            startedAt: startedAt(pod))
    }

    /// When the process that counts started: the proxy's container where there is one, else a lone
    /// container. Another container's restart does not reset the counters.
    private static func startedAt(_ pod: JSON) -> Timestamp? {
        let statuses = pod[path: ["status", "containerStatuses"]]?.array ?? []
        let proxy = statuses.first { $0["name"]?.string == "istio-proxy" }
        let lone = statuses.count == 1 ? statuses.first : nil
        guard let counting = proxy ?? lone else { return nil }
        return counting[path: ["state", "running", "startedAt"]]?.string.flatMap {
            Timestamp(rfc3339: $0)
        }
    }
}
