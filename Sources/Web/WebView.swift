// What the web application needs from the daemon: values of one instant, and (when allowed) the
// kill switch. It knows no actor of the daemon.

package import Core
package import Platform

/// Readings of the daemon, taken for each request.
package protocol WebView: Sendable {
    /// Everything that is shown, at one instant.
    func input() async -> MetricInput
    /// Whether each thing that the daemon needs is there, e.g. journal, configuration, cluster,
    /// signals, leadership.
    func readiness() async -> [ReadinessCheck]
}

/// One thing that the daemon needs.
package struct ReadinessCheck: Sendable, Hashable {
    /// Stable, e.g. `journal`.
    package var name: String
    /// Whether the daemon can work. A standby that does not lead is ready.
    package var isReady: Bool
    /// One sentence for people.
    package var detail: String
    /// What is wrong, e.g. why a newer configuration was refused; may be filled while ready.
    package var errors: [String]
    /// When it was last well, e.g. when the last good configuration was accepted.
    package var lastGoodAt: Timestamp?

    package init(
        _ name: String, isReady: Bool, detail: String, errors: [String] = [],
        lastGoodAt: Timestamp? = nil
    ) {
        self.name = name
        self.isReady = isReady
        self.detail = detail
        self.errors = errors
        self.lastGoodAt = lastGoodAt
    }
}

/// What may be changed by whoever may reach the web address: the kill switch, and what is normal.
package struct WebSwitch: Sendable {
    /// Acts for whoever `by` names; nil when it is done.
    package typealias Action = @Sendable (_ by: String) async -> Failure?

    /// Accepts anomalies as normal: those that ended, or why none did.
    package typealias Accept =
        @Sendable (AcceptanceRequest) async -> Result<[AnomalyRecord], Failure>

    package var halt: Action
    package var resume: Action
    package var accept: Accept

    package init(halt: @escaping Action, resume: @escaping Action, accept: @escaping Accept) {
        self.halt = halt
        self.resume = resume
        self.accept = accept
    }
}
