// The one registry that a proxy's inbound and outbound sides count into.

import Core
import Platform

/// A registry behind a lock, shared by the handlers of one proxy.
package final class ProxyStats: Sendable {
    private let registry = Lock(IstioRegistry())

    package init() {}

    /// Counts one finished request.
    package func count(
        _ labels: IstioLabels, duration: Duration, requestBytes: Int, responseBytes: Int
    ) {
        registry.withLock {
            $0.count(
                labels, duration: duration, requestBytes: requestBytes,
                responseBytes: responseBytes)
        }
    }

    /// A copy of what has been counted so far.
    package var snapshot: IstioRegistry { registry.withLock { $0 } }

    /// The metrics page of the proxy.
    package var exposition: String { snapshot.exposition }
}
