// Door 2 for real: HTTP/1.1 and HTTP/2 over libcurl.

package import Platform

/// The network through libcurl. Redirects are answers like any other; only http and https are
/// spoken; proxies from the environment are used except for loopback addresses. `bodyLimit` bounds
/// `exchange`; a stream never holds more than a fixed buffer, so its length is not bounded.
package final class CurlNetwork: Network {
    fileprivate let loop: CurlLoop

    package init() throws(Failure) { loop = try CurlLoop() }

    deinit { loop.shutDown() }

    /// Ends everything under way as `.cancelled` and joins the network's thread. Later requests
    /// fail at once.
    package func shutDown() { loop.shutDown() }

    package func exchange(_ request: Request) async throws(Failure) -> Response {
        let transfer = Transfer(request, isStream: false)
        await wait(for: .outcome, of: transfer, isNew: true)
        return try transfer.takeResponse()
    }

    package func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        let transfer = Transfer(request, isStream: true)
        await wait(for: .head, of: transfer, isNew: true)
        let head = try transfer.takeHead()
        let reader = StreamReader(transfer, self)
        return ResponseStream(
            status: head.status, headers: head.headers,
            body: BodyStream(
                next: { () async throws(Failure) in try await reader.next() },
                cancel: { reader.cancel() }))
    }

    /// Waits, and cancels `transfer` when the task is cancelled.
    fileprivate func wait(
        for wanted: Transfer.Wanted, of transfer: Transfer, isNew: Bool = false
    ) async {
        await withTaskCancellationHandler {
            if isNew { loop.add(transfer) }
            await transfer.wait(for: wanted)
        } onCancel: {
            loop.cancel(transfer)
        }
    }
}

/// The reading end of a stream. It keeps the network alive; letting go of it closes the connection.
private final class StreamReader: Sendable {
    private let transfer: Transfer
    private let network: CurlNetwork

    init(_ transfer: Transfer, _ network: CurlNetwork) {
        self.transfer = transfer
        self.network = network
    }

    deinit { cancel() }

    func cancel() { network.loop.cancel(transfer) }

    func next() async throws(Failure) -> [UInt8]? {
        await network.wait(for: .piece, of: transfer)
        let (bytes, wasPaused) = try transfer.takeBody()
        if wasPaused { network.loop.resume(transfer) }
        return bytes
    }
}
