// Keeps an EndpointTable true to the API server: lists and watches Services and EndpointSlices over
// plain HTTP. When the server is away the last known table stays, as in Envoy.

import Core
package import Platform

/// The control plane of one proxy.
package final class EndpointWatch: Sendable {
    private struct State {
        /// Slices by service and slice name.
        var slices: [ServiceName: [String: EndpointTable.Slice]] = [:]
        var listed: Set<String> = []
    }

    private enum Resource: String, CaseIterable {
        case services, endpointslices

        func path(in namespace: String) -> String {
            switch self {
            case .services: "/api/v1/namespaces/\(namespace)/services"
            case .endpointslices:
                "/apis/discovery.k8s.io/v1/namespaces/\(namespace)/endpointslices"
            }
        }
    }

    private let server: String
    private let namespaces: [String]
    private let table: EndpointTable
    private let network: any Network
    private let clock: any WallClock
    private let state = Lock(State())

    /// `server` is the API server's URL without a path, e.g. `http://127.0.0.1:8001`.
    package init(
        server: String, namespaces: [String], table: EndpointTable, network: any Network,
        clock: any WallClock
    ) {
        self.server = server
        self.namespaces = namespaces
        self.table = table
        self.network = network
        self.clock = clock
    }

    /// Whether every list has been read at least once.
    package var isReady: Bool {
        state.withLock { $0.listed.count == namespaces.count * Resource.allCases.count }
    }

    /// Watches until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for namespace in namespaces {
                for resource in Resource.allCases {
                    group.addTask { await self.follow(resource, in: namespace) }
                }
            }
        }
    }

    private func follow(_ resource: Resource, in namespace: String) async {
        var pause = Duration.milliseconds(200)
        while true {
            do throws(Failure) {
                let version = try await list(resource, in: namespace)
                pause = .milliseconds(200)
                try await watch(resource, in: namespace, from: version)
            } catch {
                if error.kind == .cancelled { return }
                pause = min(pause * 2, .seconds(5))
            }
            do throws(Failure) { try await clock.sleep(for: pause) } catch { return }
        }
    }

    /// Replaces everything known of `resource`; returns the version to watch from.
    private func list(
        _ resource: Resource, in namespace: String
    ) async throws(Failure) -> String {
        let url = server + resource.path(in: namespace)
        let answer = try await network.exchange(Request("GET", url, deadline: .seconds(10)))
        guard answer.status == 200, let list = try? JSON(parsing: answer.body),
            let items = list["items"]?.array
        else {
            throw Failure(
                .transient, "list of \(url): status \(answer.status)", status: answer.status)
        }
        switch resource {
        case .services:
            for item in items { apply(.services, "ADDED", item, in: namespace) }
        case .endpointslices:
            let stale = state.withLock { state in
                let names = state.slices.keys.filter { $0.namespace == namespace }.sorted()
                for name in names { state.slices[name] = [:] }
                return names
            }
            for item in items { note(item, removed: false, in: namespace) }
            let fresh = items.compactMap { serviceName(of: $0, in: namespace) }
            for name in Set(stale + fresh).sorted() { publish(name) }
        }
        state.withLock { _ = $0.listed.insert("\(namespace)/\(resource.rawValue)") }
        return list[path: ["metadata", "resourceVersion"]]?.string ?? "0"
    }

    private func watch(
        _ resource: Resource, in namespace: String, from version: String
    ) async throws(Failure) {
        let url =
            server + resource.path(in: namespace)
            + "?watch=1&allowWatchBookmarks=true&timeoutSeconds=300"
            + "&resourceVersion=\(version.percentEncoded)"
        // The server ends a watch after five minutes: longer silence is a dead connection.
        let stream = try await network.stream(Request("GET", url, deadline: .seconds(330)))
        defer { stream.body.cancel() }
        guard stream.status == 200 else {
            throw Failure(
                .transient, "watch of \(url): status \(stream.status)", status: stream.status)
        }
        var rest: [UInt8] = []
        while let piece = try await stream.body.next() {
            rest += piece
            while let end = rest.firstIndex(of: 0x0a) {
                let line = Array(rest[..<end])
                rest.removeSubrange(...end)
                guard !line.isEmpty else { continue }
                guard let event = try? JSON(parsing: line), let type = event["type"]?.string,
                    let object = event["object"], type != "ERROR"
                else { throw Failure(.transient, "watch of \(url): listing again") }
                if type != "BOOKMARK" { apply(resource, type, object, in: namespace) }
            }
            if rest.count > 4 << 20 {
                throw Failure(.transient, "watch of \(url): an event is larger than 4 MiB")
            }
        }
    }

    private func apply(
        _ resource: Resource, _ type: String, _ object: JSON, in namespace: String
    ) {
        switch resource {
        case .services:
            guard let name = object[path: ["metadata", "name"]]?.string else { return }
            let service = ServiceName(name, namespace)
            if type == "DELETED" {
                table.forget(service)
                return
            }
            var ports: [Int: String] = [:]
            for port in object[path: ["spec", "ports"]]?.array ?? [] {
                guard let number = port["port"]?.integer else { continue }
                ports[number] = port["name"]?.string ?? ""
            }
            table.declare(service, ports: ports)
        case .endpointslices:
            note(object, removed: type == "DELETED", in: namespace)
            if let name = serviceName(of: object, in: namespace) { publish(name) }
        }
    }

    private func serviceName(of slice: JSON, in namespace: String) -> ServiceName? {
        slice[path: ["metadata", "labels", "kubernetes.io/service-name"]]?.string.map {
            ServiceName($0, namespace)
        }
    }

    private func note(_ slice: JSON, removed: Bool, in namespace: String) {
        guard let service = serviceName(of: slice, in: namespace),
            let name = slice[path: ["metadata", "name"]]?.string
        else { return }
        var known = EndpointTable.Slice(addresses: [], ports: [:])
        for endpoint in slice["endpoints"]?.array ?? [] {
            if endpoint[path: ["conditions", "ready"]]?.bool == false { continue }
            known.addresses += (endpoint["addresses"]?.array ?? []).compactMap(\.string)
        }
        for port in slice["ports"]?.array ?? [] {
            guard let number = port["port"]?.integer else { continue }
            known.ports[port["name"]?.string ?? ""] = number
        }
        state.withLock { $0.slices[service, default: [:]][name] = removed ? nil : known }
    }

    private func publish(_ service: ServiceName) {
        let slices = state.withLock { state in
            (state.slices[service] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        }
        table.set(service, slices, at: clock.uptime)
    }
}
