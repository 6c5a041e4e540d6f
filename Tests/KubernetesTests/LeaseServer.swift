// One lease behind the API of an API server, with its optimistic locking, and networks that can be
// cut: enough for contenders to fight over.

import Core
import Kubernetes
import Platform

/// Keeps one lease.
final class LeaseServer: Sendable {
    private let lease = Lock<JSON?>(nil)
    private let version = Lock(100)

    /// When set, every request is answered with this status.
    let refusal = Lock<Int?>(nil)

    var current: JSON? { lease.withLock { $0 } }

    func remove() { lease.withLock { $0 = nil } }

    func answer(_ request: Request) -> Response {
        let body = (try? JSON(parsing: request.body)) ?? .null
        let next = version.withLock { version in
            version += 1
            return version
        }
        if let refusal = refusal.withLock({ $0 }) {
            return Response(status: refusal, body: JSON(["code": .integer(Int64(refusal))]).bytes)
        }
        return lease.withLock { lease in
            func stored(_ object: JSON, _ status: Int) -> Response {
                var object = object
                object[path: ["metadata", "resourceVersion"]] = .string(String(next))
                lease = object
                return Response(status: status, body: object.bytes)
            }
            func refuse(_ status: Int) -> Response {
                Response(status: status, body: JSON(["code": .integer(Int64(status))]).bytes)
            }
            switch (request.method, lease) {
            case ("GET", let found?): return Response(status: 200, body: found.bytes)
            case ("POST", nil): return stored(body, 201)
            case ("POST", _?): return refuse(409)
            case ("PUT", let found?):
                let path = ["metadata", "resourceVersion"]
                guard body[path: path] == found[path: path] else { return refuse(409) }
                return stored(body, 200)
            default: return refuse(404)
            }
        }
    }
}

/// The way of one contender to the server.
final class LeasePath: Network {
    enum State: Sendable {
        case open
        case cut
        /// Requests arrive, answers do not.
        case deaf
    }

    private let server: LeaseServer
    let state = Lock(State.open)

    init(_ server: LeaseServer) { self.server = server }

    func exchange(_ request: Request) async throws(Failure) -> Response {
        switch state.withLock({ $0 }) {
        case .open: return server.answer(request)
        case .cut: throw Failure(.transient, "no route to host")
        case .deaf:
            _ = server.answer(request)
            throw Failure(.transient, "timed out")
        }
    }

    func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        throw Failure(.rejected, "leases are not watched here")
    }
}

extension JSON {
    fileprivate init(_ json: JSON) { self = json }
}
