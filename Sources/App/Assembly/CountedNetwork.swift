// A network that counts what its requests came to: for the metric of what the signals' source asks.

package import Platform

/// Passes everything on, and counts answers by their HTTP status; 0 is a request without one.
package final class CountedNetwork: Network {
    private let network: any Network
    private let counts = Lock<[Int: Int]>([:])

    package init(_ network: any Network) { self.network = network }

    /// Requests so far, by status.
    package var requests: [Int: Int] { counts.withLock { $0 } }

    private func count(_ status: Int) { counts.withLock { $0[status, default: 0] += 1 } }

    package func exchange(_ request: Request) async throws(Failure) -> Response {
        do throws(Failure) {
            let response = try await network.exchange(request)
            count(response.status)
            return response
        } catch {
            count(0)
            throw error
        }
    }

    package func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        do throws(Failure) {
            let stream = try await network.stream(request)
            count(stream.status)
            return stream
        } catch {
            count(0)
            throw error
        }
    }
}
