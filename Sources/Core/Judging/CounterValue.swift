// Which numbers can be counts at all. One absurd value, once learned, would outweigh everything
// that a service ever does.

/// Bounds of what is counted.
package enum CounterValue {
    /// Beyond it a double no longer counts one by one (2^53).
    package static let largest = 9e15
    /// More requests in one window than any service answers, also when a day is counted in it.
    package static let mostPerWindow = 1e12

    /// Whether a counter can have this value.
    package static func isCount(_ value: Double) -> Bool { value >= 0 && value <= largest }
}

extension RequestWindow {
    /// Why its counts cannot be true; nil when they can.
    var absurdity: String? {
        let most = max(total, injected, abandoned, connections, latency.last?.count ?? 0)
        if most <= CounterValue.mostPerWindow { return nil }
        return "the counters rose by \(Wording.figure(most)) in one window, which cannot be"
    }
}
