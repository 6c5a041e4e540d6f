// The tutorial's front service: fetches whatever URL it is given, and passes the answer on. Its
// probe is `/` without an address, which touches nothing behind it.

import Core
package import Platform

/// `GET /?addr=URL` answers with the status and the body of URL.
package struct Repeater: Handler {
    private let client: SidecarClient
    private let deadline: Duration

    /// `deadline` bounds each fetch. (The original has none.)
    package init(client: SidecarClient, deadline: Duration = .seconds(15)) {
        self.client = client
        self.deadline = deadline
    }

    package func handle(_ request: Request) async -> Reply {
        guard let parts = URLParts(request.url), parts.path == "/" else {
            return .response(Response(status: 404))
        }
        guard let address = parts.queryValue("addr"), !address.isEmpty else {
            return .response(Response(status: 200, contentType: "text/plain", text: "repeater\n"))
        }
        do throws(Failure) {
            let answer = try await client.send(
                "GET", address, deadline: min(deadline, request.deadline))
            var headers = Headers()
            headers["Content-Type"] = answer.headers["Content-Type"] ?? "text/plain"
            return .response(Response(status: answer.status, headers: headers, body: answer.body))
        } catch {
            return .response(
                Response(status: 500, contentType: "text/plain", text: "\(error.message)\n"))
        }
    }
}
