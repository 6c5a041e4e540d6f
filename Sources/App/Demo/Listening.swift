// A listener that tells its port once it is bound, or why it could not be.

package import Host
package import Platform

/// One listener of the demo or the daemon.
package actor Listening {
    private var outcome: Result<Int, Failure>?
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init() {}

    /// Serves until the task is cancelled. A failure is told by `port`.
    package func serve(
        _ handler: any Handler, address: String = "127.0.0.1", port: Int,
        limits: ListenerLimits = ListenerLimits()
    ) async {
        do throws(Failure) {
            try await HTTPListener.serve(
                handler, address: address, port: port, limits: limits
            ) { bound in await self.settle(.success(bound)) }
        } catch { settle(.failure(error)) }
    }

    private func settle(_ result: Result<Int, Failure>) {
        if outcome == nil { outcome = result }
        for waiter in waiting { waiter.resume() }
        waiting = []
    }

    /// The bound port, when it is bound.
    package func port() async throws(Failure) -> Int {
        if outcome == nil { await withCheckedContinuation { waiting.append($0) } }
        switch outcome {
        case .success(let port): return port
        case .failure(let failure): throw failure
        case nil: throw Failure(.cancelled, "the listener ended")
        }
    }
}
