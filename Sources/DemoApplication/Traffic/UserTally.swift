// What users saw: counts and waiting times, as the load generator notes them.

import Core

/// Finished requests by outcome.
package struct UserTally: Sendable, Hashable {
    /// Answers by status code; 0 is a connection that closed without an answer.
    package private(set) var statuses: [Int: Int] = [:]
    /// The sum of all waiting times.
    package private(set) var waiting = Duration.zero
    /// The longest wait.
    package private(set) var longest = Duration.zero
    /// Requests that were due but not sent, because as many as allowed were still under way.
    package var skipped = 0

    package init() {}

    package mutating func add(status: Int, after duration: Duration) {
        statuses[status, default: 0] += 1
        waiting += duration
        longest = max(longest, duration)
    }

    package var total: Int { statuses.values.reduce(0, +) }

    /// No answer, or a status of 500 and more.
    package var failed: Int { statuses.reduce(0) { $0 + (Self.isBad($1.key) ? $1.value : 0) } }

    package var succeeded: Int { total - failed }

    /// Mean waiting time; zero when there was no request.
    package var meanWait: Duration { total == 0 ? .zero : waiting / total }

    package static func isBad(_ status: Int) -> Bool { status == 0 || status >= 500 }
}
