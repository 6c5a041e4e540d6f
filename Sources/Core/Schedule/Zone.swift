// UTC only, until the table of transitions arrives.

/// A time zone.
package struct Zone: Hashable, Sendable {
    package var name: String
    package static let utc = Zone(name: "UTC")
}
