// A PodDisruptionBudget as the client reads it. What is unclear counts as "no disruption allowed".

package import Core

/// The parts of a PodDisruptionBudget that planning needs.
package struct BudgetObject: WatchedObject {
    package static var resource: Resource { .disruptionBudgets }

    package var meta = ObjectMeta()
    /// Nil matches no pod, an empty one every pod of the namespace.
    package private(set) var selector: LabelSelector?
    private var allowed = 0
    private var observed = 0

    package init() {}

    /// Zero while the budget's controller has not looked at the newest version.
    package var disruptionsAllowed: Int { observed < meta.generation ? 0 : max(0, allowed) }

    package mutating func readSpec(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        let spec = try cursor.json(.members([("selector", .all)]), in: text)
        guard let json = spec["selector"], json.object != nil else { return }
        var expressions: [LabelSelector.Expression] = []
        for (key, value) in json["matchLabels"]?.object?.members ?? [] {
            expressions.append(.init(key: key, operation: .isIn, values: [value.string ?? ""]))
        }
        for expression in json["matchExpressions"]?.array ?? [] {
            guard let key = expression["key"]?.string,
                let operation = expression["operator"]?.string.flatMap(
                    LabelSelector.Operator.init(rawValue:))
            else {
                // An operator of the future: cover every pod rather than none.
                selector = LabelSelector()
                return
            }
            let values = (expression["values"]?.array ?? []).compactMap(\.string)
            expressions.append(.init(key: key, operation: operation, values: values))
        }
        selector = LabelSelector(expressions)
    }

    package mutating func readStatus(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        let status = try cursor.json(
            .members([("observedGeneration", .all), ("disruptionsAllowed", .all)]), in: text)
        observed = status["observedGeneration"]?.integer ?? 0
        allowed = status["disruptionsAllowed"]?.integer ?? 0
    }
}
