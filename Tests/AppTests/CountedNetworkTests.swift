// What a network's requests came to.

import Core
import Platform
import Testing

@testable import App

@Suite struct CountedNetworkTests {
    private struct Answers: Network {
        func exchange(_ request: Request) async throws(Failure) -> Response {
            guard let status = Int(request.url.dropFirst()) else {
                throw Failure(.transient, "refused")
            }
            return Response(status: status)
        }

        func stream(_ request: Request) async throws(Failure) -> ResponseStream {
            let response = try await exchange(request)
            return ResponseStream(status: response.status, body: BodyStream(next: { () in nil }))
        }
    }

    @Test func countsByStatus() async {
        let network = CountedNetwork(Answers())
        for path in ["/200", "/503", "/200", "/gone"] {
            _ = try? await network.exchange(Request("GET", path))
            _ = try? await network.stream(Request("GET", path))
        }
        #expect(network.requests == [200: 4, 503: 2, 0: 2])
    }
}
