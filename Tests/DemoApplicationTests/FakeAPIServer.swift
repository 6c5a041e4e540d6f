// The API server as far as a proxy sees it: lists and watches of Services and EndpointSlices.

import Core
import Platform

final class FakeAPIServer: Handler {
    private struct State {
        var services: [String: Int] = [:]
        var addresses: [String: [String]] = [:]
        var events: [(resource: String, event: JSON)] = []
    }

    private let state = Lock(State())
    let namespace: String

    init(namespace: String) { self.namespace = namespace }

    /// Adds a service with one port, and its slice of ready addresses.
    func publish(_ service: String, port: Int, target: Int, _ addresses: [String]) {
        state.withLock { state in
            let new = state.services[service] == nil
            state.services[service] = port
            state.addresses[service] = addresses
            if new { state.events.append(("services", event("ADDED", object(service, port)))) }
            state.events.append(
                (
                    "endpointslices",
                    event(new ? "ADDED" : "MODIFIED", slice(service, target, addresses))
                ))
        }
    }

    func handle(_ request: Request) async -> Reply {
        guard let parts = URLParts(request.url), parts.segments.contains(namespace),
            let resource = parts.segments.last
        else { return .response(Response(status: 404)) }
        if parts.queryValue("watch") != nil {
            let start = parts.queryValue("resourceVersion").flatMap(Int.init) ?? 0
            return .stream(ResponseStream(status: 200, body: follow(resource, from: start)))
        }
        let list: JSON = state.withLock { state in
            let items: [JSON] = state.services.sorted { $0.key < $1.key }.map { name, port in
                resource == "services"
                    ? object(name, port) : slice(name, 8080, state.addresses[name] ?? [])
            }
            let version = String(state.events.count)
            return ["metadata": ["resourceVersion": .string(version)], "items": .array(items)]
        }
        return .response(Response(status: 200, body: list.bytes))
    }

    private func follow(_ resource: String, from start: Int) -> BodyStream {
        let position = Lock(start)
        return BodyStream(next: { () async throws(Failure) -> [UInt8]? in
            while true {
                let at = position.withLock { $0 }
                let events = self.state.withLock { Array($0.events.dropFirst(at)) }
                position.withLock { $0 = at + events.count }
                let lines = events.filter { $0.resource == resource }
                if !lines.isEmpty { return lines.flatMap { $0.event.bytes + [0x0a] } }
                do { try await Task.sleep(for: .milliseconds(1)) } catch {
                    throw Failure(.cancelled, "cancelled")
                }
            }
        })
    }

    private func event(_ type: String, _ object: JSON) -> JSON {
        ["type": .string(type), "object": object]
    }

    private func object(_ name: String, _ port: Int) -> JSON {
        [
            "metadata": ["name": .string(name)],
            "spec": ["ports": [["name": "http", "port": .integer(Int64(port))]]],
        ]
    }

    private func slice(_ name: String, _ target: Int, _ addresses: [String]) -> JSON {
        [
            "metadata": [
                "name": .string(name + "-abcde"),
                "labels": ["kubernetes.io/service-name": .string(name)],
            ],
            "endpoints": .array(
                addresses.map {
                    ["addresses": [.string($0)], "conditions": ["ready": true]]
                }),
            "ports": [["name": "http", "port": .integer(Int64(target))]],
        ]
    }
}
