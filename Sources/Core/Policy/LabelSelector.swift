// Kubernetes label selectors as values, with their matching rules.

/// `matchLabels` and `matchExpressions`, all of which must hold. An empty one matches everything.
package struct LabelSelector: Sendable, Hashable {
    package enum Operator: String, Sendable, Hashable, CaseIterable {
        case isIn = "In"
        case notIn = "NotIn"
        case exists = "Exists"
        case doesNotExist = "DoesNotExist"
    }

    package struct Expression: Sendable, Hashable {
        package var key: String
        package var operation: Operator
        /// Not empty for `In` and `NotIn`, empty for the others.
        package var values: [String]

        package init(key: String, operation: Operator, values: [String] = []) {
            self.key = key
            self.operation = operation
            self.values = values
        }
    }

    /// Equalities first, as `In` with one value.
    package var expressions: [Expression]

    package init(_ expressions: [Expression] = []) { self.expressions = expressions }

    package var isEmpty: Bool { expressions.isEmpty }

    /// Whether `labels` satisfy every expression. As in Kubernetes, `NotIn` holds for a missing
    /// key.
    package func matches(_ labels: [String: String]) -> Bool {
        expressions.allSatisfy { expression in
            switch expression.operation {
            case .isIn: labels[expression.key].map { expression.values.contains($0) } ?? false
            case .notIn: labels[expression.key].map { !expression.values.contains($0) } ?? true
            case .exists: labels[expression.key] != nil
            case .doesNotExist: labels[expression.key] == nil
            }
        }
    }
}
