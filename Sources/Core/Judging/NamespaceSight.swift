// Whether a namespace is seen: its services may all be blind while those of others are not.

/// What the last windows saw of one namespace.
package struct NamespaceSight: Sendable, Hashable {
    /// Blind windows in a row; 0 while it is seen.
    package var blindWindows = 0
    /// The beginning of the first of them.
    package var since: Timestamp?
    /// Names the namespace, and says how many of its services are blind and why.
    package var reason = ""

    package init() {}

    mutating func add(_ reason: String?, from start: Timestamp) {
        guard let reason else {
            self = NamespaceSight()
            return
        }
        if blindWindows == 0 { since = start }
        blindWindows += 1
        self.reason = reason
    }
}

/// Counts how many services of each namespace a window saw.
struct SightTally: Sendable {
    private struct Count: Sendable {
        var services = 0
        var blind = 0
        var carrying = 0
        var carryingBlind = 0
        /// The first blind one that carries traffic, else the first.
        var first: (name: String, reason: String, carries: Bool)?
    }

    private var counts: [String: Count] = [:]

    /// Adds a window of one service. `carries`: it had calls lately.
    mutating func add(_ window: RequestWindow, carries: Bool) {
        var count = counts[window.service.namespace] ?? Count()
        count.services += 1
        if carries { count.carrying += 1 }
        if let reason = window.blind {
            count.blind += 1
            if carries { count.carryingBlind += 1 }
            if count.first == nil || carries && count.first?.carries == false {
                count.first = (window.service.name, reason, carries)
            }
        }
        counts[window.service.namespace] = count
    }

    /// Whether some namespace is seen.
    var seesAny: Bool { counts.contains { Self.reason($0.key, $0.value) == nil } }

    /// Why each namespace is not seen: half of the services that carry traffic are blind, or all of
    /// them when none does.
    var blind: [String: String] {
        var blind: [String: String] = [:]
        for (name, count) in counts { blind[name] = Self.reason(name, count) }
        return blind
    }

    private static func reason(_ namespace: String, _ count: Count) -> String? {
        guard let first = count.first else { return nil }
        let (blind, all, kind) =
            count.carrying > 0
            ? (count.carryingBlind, count.carrying, " with traffic")
            : (count.blind, count.services, "")
        guard 2 * blind >= all, blind > 0, count.carrying > 0 || blind == all else { return nil }
        return "\(blind) of \(Wording.plural(all, "service")) of \(namespace)\(kind) "
            + "\(blind == 1 ? "is" : "are") blind; \(first.name): \(first.reason)"
    }
}
