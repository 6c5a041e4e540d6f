// A network whose answers a test writes down, and which keeps what was sent.

import Core
import Platform

final class ScriptedNetwork: Network {
    private let answer: @Sendable (Request) -> Result<Response, Failure>
    private let sent = Lock<[Request]>([])

    init(_ answer: @escaping @Sendable (Request) -> Result<Response, Failure>) {
        self.answer = answer
    }

    convenience init(
        status: Int, headers: Headers = Headers(), body: String = ""
    ) {
        self.init { _ in
            .success(Response(status: status, headers: headers, body: Array(body.utf8)))
        }
    }

    convenience init(_ failure: Failure) { self.init { _ in .failure(failure) } }

    var requests: [Request] { sent.withLock { $0 } }

    func exchange(_ request: Request) async throws(Failure) -> Response {
        sent.withLock { $0.append(request) }
        return try answer(request).get()
    }

    func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        throw Failure(.rejected, "nothing streams here")
    }
}
