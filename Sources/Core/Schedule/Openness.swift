// Whether rounds may happen at an instant, as far as the schedule goes.

/// The schedule's answer for one instant.
package enum Openness: Sendable, Hashable {
    case open
    /// `reason` is for people; `nextOpen` is nil when no opening is known.
    case closed(reason: String, nextOpen: Timestamp?)
}
