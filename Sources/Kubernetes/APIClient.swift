// Sends calls to one API server over the Network door and turns its refusals into failures. It
// retries nothing, and it never shows a token.

package import Core
package import Platform

/// A client of one API server.
package struct APIClient: Sendable {
    package let access: ClusterAccess
    package let clock: any WallClock
    private let network: any Network
    private let token: BearerToken
    private let userAgent: String

    /// `version` is this program's, for the User-Agent header. `readFile` is used for token files.
    package init(
        access: ClusterAccess, network: any Network, clock: any WallClock, version: String,
        readFile: FileReader = .none
    ) {
        self.access = access
        self.network = network
        self.clock = clock
        token = BearerToken(access.credential, readFile: readFile)
        userAgent = "hazard/\(version)"
    }

    /// One call and its answer, whatever the status.
    package func answer(_ call: APICall) async throws(Failure) -> Response {
        let response = try await network.exchange(try request(call))
        if response.status == 401 { token.invalidate() }
        return response
    }

    /// One call whose answer must be a success; anything else is thrown.
    package func send(_ call: APICall) async throws(Failure) -> Response {
        let response = try await answer(call)
        guard (200..<300).contains(response.status) else {
            throw APIStatus(response).failure(of: call, access: access)
        }
        return response
    }

    /// One call whose answer must be JSON.
    package func json(_ call: APICall) async throws(Failure) -> JSON {
        let response = try await send(call)
        do {
            return try JSON(parsing: response.body)
        } catch {
            throw Failure(
                .transient, "cannot \(call.description): the answer is not JSON (\(error))",
                status: response.status)
        }
    }

    /// A call whose answer arrives piece by piece. The caller cancels the body.
    package func stream(_ call: APICall) async throws(Failure) -> BodyStream {
        let stream = try await network.stream(try request(call))
        if (200..<300).contains(stream.status) { return stream.body }
        if stream.status == 401 { token.invalidate() }
        defer { stream.body.cancel() }
        var body: [UInt8] = []
        // A refusal is small; what follows would not change what it means.
        while body.count < 65_536, let piece = try await stream.body.next() { body += piece }
        let response = Response(status: stream.status, headers: stream.headers, body: body)
        throw APIStatus(response).failure(of: call, access: access)
    }

    private func request(_ call: APICall) throws(Failure) -> Request {
        var headers: Headers = ["Accept": "application/json", "User-Agent": userAgent]
        if let token = try token.current(uptime: clock.uptime) {
            headers["Authorization"] = "Bearer " + token
        }
        if call.body != nil {
            headers["Content-Type"] =
                call.verb == .patch ? "application/merge-patch+json" : "application/json"
        }
        return Request(
            call.verb.method, access.server + call.target, headers: headers,
            body: call.body?.bytes ?? [], deadline: call.deadline, tls: access.tls)
    }
}
