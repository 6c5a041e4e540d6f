// One pod as the traffic model needs to know it.

import Core

/// The state of a pod at one instant.
package struct ModelPod: Sendable, Hashable {
    package var uid: String
    package var service: ServiceName
    /// Its processes run.
    package var alive: Bool
    /// It is among the ready endpoints of its service, as the API server says.
    package var ready: Bool
    /// Added to every response time, e.g. by an injected delay.
    package var delay: Duration
    /// Fails this share of requests in addition, e.g. by an injected abort.
    package var errorRatio: Double

    package init(
        uid: String, service: ServiceName, alive: Bool = true, ready: Bool = true,
        delay: Duration = .zero, errorRatio: Double = 0
    ) {
        self.uid = uid
        self.service = service
        self.alive = alive
        self.ready = ready
        self.delay = delay
        self.errorRatio = errorRatio
    }
}
