// When strikes could be drawn at all: a fold over the journal's events. Questions about chance
// compare an instant with this time only, because at any other time chaos cannot have been near.

/// Spans in which each policy could strike: the program ran, was not halted, led, and the policy's
/// last tick was not held by its mode or schedule.
package struct ArmedTime: Sendable, Hashable {
    private struct Spans: Sendable, Hashable {
        var closed: [Range<Timestamp>] = []
        var open: Timestamp?
    }

    /// The journal's first event.
    package private(set) var begun: Timestamp?
    /// Before this instant spans may have been forgotten; nil when none were.
    package private(set) var forgottenUntil: Timestamp?
    private var spans: [String: Spans] = [:]
    /// Policies that inject.
    private var enforcing: Set<String> = []
    /// Policies whose last tick was held by mode, schedule, halt or leadership.
    private var shut: Set<String> = []
    private var isRunning = false
    private var isHalted = false
    private var last: Timestamp?

    /// Spans kept of each policy.
    package static let limit = 1000
    private static let shutting: Set<HoldReason> = [
        .paused, .halted, .outsideWindow, .exceptDate, .notLeader,
    ]

    package init() {}

    /// Folds one event in.
    package mutating func apply(_ event: Event, at instant: Timestamp) {
        begun = begun ?? instant
        let before = last ?? instant
        last = max(before, instant)
        switch event {
        case .started:
            // An earlier life that did not say that it ended had ended by its last event.
            if isRunning {
                isRunning = false
                update(at: before)
            }
            isRunning = true
            shut = []
        case .stopped: isRunning = false
        case .halted: isHalted = true
        case .resumed: isHalted = false
        case .policies(let loaded):
            enforcing = Set(loaded.policies.filter { $0.mode == .enforce }.map(\.id))
        case .held(let held):
            if held.reasons.contains(where: { Self.shutting.contains($0) }) {
                shut.insert(held.policy)
            } else {
                shut.remove(held.policy)
            }
        case .planned(let planned):
            if planned.assignment != .observe { enforcing.insert(planned.policy) }
            shut.remove(planned.policy)
        default: return
        }
        update(at: instant)
    }

    /// Opens and closes spans where the answer changed.
    private mutating func update(at instant: Timestamp) {
        for policy in enforcing.union(spans.keys) {
            let isArmed =
                isRunning && !isHalted && enforcing.contains(policy) && !shut.contains(policy)
            var mine = spans[policy] ?? Spans()
            if isArmed, mine.open == nil { mine.open = instant }
            if !isArmed, let open = mine.open {
                if instant > open { mine.closed.append(open..<instant) }
                mine.open = nil
            }
            if mine.closed.count > Self.limit {
                let dropped = mine.closed.removeFirst()
                forgottenUntil = max(forgottenUntil ?? dropped.upperBound, dropped.upperBound)
            }
            spans[policy] = mine
        }
    }

    /// The spans of all policies of `namespaces` (nil: of any) together, in order and apart. One
    /// that has not ended ends at `end`.
    package func spans(
        of namespaces: Set<String>?, until end: Timestamp
    ) -> [Range<Timestamp>] {
        var found: [Range<Timestamp>] = []
        for (policy, mine) in spans {
            let namespace = String(policy.prefix { $0 != "/" })
            if let namespaces, !namespaces.contains(namespace) { continue }
            found += mine.closed
            if let open = mine.open, open < end { found.append(open..<end) }
        }
        return Self.union(found)
    }

    /// Overlapping and touching spans as one each.
    static func union(_ spans: [Range<Timestamp>]) -> [Range<Timestamp>] {
        var joined: [Range<Timestamp>] = []
        let sorted = spans.sorted {
            ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound)
        }
        for span in sorted {
            if let last = joined.last, span.lowerBound <= last.upperBound {
                joined[joined.count - 1] =
                    last.lowerBound..<max(last.upperBound, span.upperBound)
            } else {
                joined.append(span)
            }
        }
        return joined
    }
}
