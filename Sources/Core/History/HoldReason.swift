// Why a tick starts no round. Names are stable: they are label values of metrics.

/// A reason not to start a round.
package enum HoldReason: String, Codable, Sendable, Hashable, CaseIterable {
    case paused
    case halted
    case outsideWindow = "outside-window"
    case exceptDate = "except-date"
    case notLeader = "not-leader"
    case clusterUnreadable = "cluster-unreadable"
    case blind
    case warmingUp = "warming-up"
    case tooLittleTraffic = "too-little-traffic"
    case alertFiring = "alert-firing"
    case rolloutInProgress = "rollout-in-progress"
    case unrecovered
    case recovering
    case stuckInjection = "stuck-injection"
    case concurrency
    case budget
    case noTarget = "no-target"
    case journalFailing = "journal-failing"
    case clockJump = "clock-jump"
    case washout
}
