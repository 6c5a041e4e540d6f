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
            let call = APICall(.list, .pods, namespace: namespace)
            let list = try await client.json(call)
            for pod in list["items"]?.array ?? [] {
                if let target = Self.target(pod) { found.append(target) }
            }
        }
        known = found.sorted { $0.name < $1.name }
        listedAt = clock.uptime
        return known
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
