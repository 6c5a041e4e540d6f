// What strangers can make a listener hold: bytes, connections, and time.

/// Beyond these a request or a connection is refused or closed; nobody can fill memory or use up
/// the descriptors that the rest of the program needs.
package struct ListenerLimits: Sendable {
    /// A longer request body is answered with 413.
    package var bodyBytes: Int
    /// A request's body must be complete after this long.
    package var bodyTime: Duration
    /// A connection on which nothing is asked, or whose request stalls, is closed after this long.
    /// More than the minute at which Prometheus scrapes by default, so that it can keep its own.
    package var idle: Duration
    /// More connections at once wait until another one closes.
    package var connections: Int

    package init(
        bodyBytes: Int = 16 << 20, bodyTime: Duration = .seconds(30),
        idle: Duration = .seconds(120), connections: Int = 4096
    ) {
        self.bodyBytes = bodyBytes
        self.bodyTime = bodyTime
        self.idle = idle
        self.connections = connections
    }
}
