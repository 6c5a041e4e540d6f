// Which request is answered by what. Paths and methods in, an answer out; nothing waits here.

import Core
import Platform

/// What a request leads to.
enum Answer {
    case response(Response)
    case watch(Watch)
    case logs(ContainerID, LogQuery)
}

extension ClusterState {
    func answer(_ request: Request) -> Answer {
        guard let url = URLParts(request.url) else {
            return .response(APIError.badRequest("the URL cannot be read").response)
        }
        let query = Dictionary(
            url.queryItems.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        let segments = url.segments
        do throws(APIError) {
            if let response = plainResponse(request, segments, query) { return .response(response) }
            guard let request = try APIRequest(request, segments: segments, query: query) else {
                return .response(Self.pageNotFound)
            }
            return try answer(request)
        } catch {
            return .response(error.response)
        }
    }

    static let pageNotFound = Response(
        status: 404, contentType: "text/plain; charset=utf-8", text: "404 page not found\n")

    private func answer(_ request: APIRequest) throws(APIError) -> Answer {
        if !request.resource.isStored { return .response(try review(request)) }
        if let subresource = request.subresource, subresource != "status", subresource != "finalize"
        {
            return try answer(request, subresource: subresource)
        }
        if let subresource = request.subresource,
            !request.resource.subresources.contains(where: { $0.name == subresource })
        {
            throw .missingSubresource()
        }
        switch (request.method, request.name != nil) {
        case ("GET", _) where request.isWatch: return .watch(try watch(request))
        case ("GET", false): return .response(response(try list(request), request))
        case ("GET", true):
            guard let object = store[request.key] else {
                throw .notFound(request.resource, request.name ?? "")
            }
            return .response(response(object, request))
        case ("POST", false):
            return .response(response(try create(request), request, status: 201))
        case ("PUT", true):
            let (object, created) = try update(request)
            return .response(response(object, request, status: created ? 201 : 200))
        case ("PATCH", true):
            let (object, created) = try patch(request)
            return .response(response(object, request, status: created ? 201 : 200))
        case ("DELETE", true): return .response(Self.response(try delete(request)))
        case ("DELETE", false) where request.resource.verbs.contains("deletecollection"):
            let left = try deleteCollection(request)
            let page = Page(objects: left, revision: store.revision)
            return .response(response(page, request))
        default: throw .methodNotAllowed()
        }
    }

    private func answer(
        _ request: APIRequest, subresource: String
    ) throws(APIError) -> Answer {
        guard request.resource.subresources.contains(where: { $0.name == subresource }) else {
            throw .missingSubresource()
        }
        switch (subresource, request.method) {
        case ("scale", _): return .response(Self.response(try scale(request)))
        case ("eviction", "POST"):
            try evict(request)
            return .response(Self.response(Self.success, status: 201))
        case ("binding", "POST"):
            try bind(request)
            return .response(Self.response(Self.success, status: 201))
        case ("ephemeralcontainers", "PATCH"):
            return .response(response(try patch(request).object, request))
        case ("ephemeralcontainers", "PUT"):
            return .response(response(try update(request).object, request))
        case ("ephemeralcontainers", "GET"):
            guard let object = store[request.key] else {
                throw .notFound(request.resource, request.name ?? "")
            }
            return .response(response(object, request))
        case ("log", "GET"):
            let (id, query) = try logs(request)
            return .logs(id, query)
        default: throw .methodNotAllowed()
        }
    }

    private static let success: JSON = [
        "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201,
    ]

    /// Reviews that are answered and not kept: everybody may do everything here.
    private func review(_ request: APIRequest) throws(APIError) -> Response {
        guard request.method == "POST", request.name == nil else { throw .methodNotAllowed() }
        var json = try request.decodedObject()
        switch request.resource.kind {
        case "SelfSubjectReview":
            json["metadata"] = ["creationTimestamp": now]
            json["status"] = [
                "userInfo": [
                    "username": "admin", "groups": ["system:masters", "system:authenticated"],
                ]
            ]
        case "SelfSubjectAccessReview":
            json["metadata"] = [:]
            json["status"] = ["allowed": true]
        case "Binding":
            var pod = request
            pod.resource = Catalog.pods
            pod.name = json.objectName
            try bind(pod)
            return Self.response(Self.success, status: 201)
        default: throw .methodNotAllowed()
        }
        return Self.response(json, status: 201)
    }

    /// `pods/{name}/log`: which container, and how much.
    private func logs(_ request: APIRequest) throws(APIError) -> (ContainerID, LogQuery) {
        guard let pod = store[request.key] else {
            throw .notFound(Catalog.pods, request.name ?? "")
        }
        let names = pod.json.spec["containers"]?.array?.compactMap { $0["name"]?.string } ?? []
        let wanted = request.query["container"] ?? ""
        guard let name = wanted.isEmpty ? (names.count == 1 ? names[0] : nil) : wanted else {
            throw .badRequest(
                "a container name must be specified for pod \(pod.key.name), choose one of: "
                    + "[\(names.joined(separator: " "))]")
        }
        guard names.contains(name) else {
            throw .badRequest("container \(name) is not valid for pod \(pod.key.name)")
        }
        guard let container = pods[pod.uid]?.containers.first(where: { $0.name == name }) else {
            throw .badRequest(
                "container \"\(name)\" in pod \"\(pod.key.name)\" is waiting to start: "
                    + "ContainerCreating")
        }
        var attempt = container.attempt
        if request.flag("previous") {
            guard attempt > 0 else {
                throw .badRequest(
                    "previous terminated container \"\(name)\" in pod \"\(pod.key.name)\" not found"
                )
            }
            attempt -= 1
        } else if container.isWaitingForRestart, attempt > 0 {
            attempt -= 1
        }
        var since = request.query["sinceTime"].flatMap { Timestamp(rfc3339: $0) }
        if let seconds = request.query["sinceSeconds"].flatMap({ Int($0) }) {
            since = clock.now - .seconds(seconds)
        }
        let query = LogQuery(
            follow: request.flag("follow"),
            tailLines: request.query["tailLines"].flatMap { Int($0) },
            timestamps: request.flag("timestamps"), since: since,
            limitBytes: request.query["limitBytes"].flatMap { Int($0) })
        return (ContainerID(podUID: pod.uid, name: name, attempt: attempt), query)
    }
}
