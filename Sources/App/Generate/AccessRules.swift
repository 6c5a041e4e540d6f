// Kubernetes RBAC rules from permissions: what is needed, merged and in a fixed order, as YAML.

package import Engine

/// Permissions as rules of a Role.
package struct AccessRules: Sendable, Hashable {
    private struct Subject: Hashable, Comparable {
        var group: String
        var resource: String
        static func < (left: Self, right: Self) -> Bool {
            (left.group, left.resource) < (right.group, right.resource)
        }
    }

    private struct Kind: Hashable, Comparable {
        var group: String
        var verbs: [String]
        static func < (left: Self, right: Self) -> Bool {
            if left.group != right.group { return left.group < right.group }
            return left.verbs.joined(separator: " ") < right.verbs.joined(separator: " ")
        }
    }

    /// Verbs in the order of the Kubernetes documentation.
    private static let order = [
        "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection",
    ]

    /// `{apiGroups: [""], resources: [pods], verbs: [get, list]}`, one a line.
    package let lines: [String]

    /// Permissions for one resource become one rule, resources with the same verbs share one.
    package init(_ permissions: [Permission]) {
        var verbs: [Subject: Set<String>] = [:]
        for permission in permissions {
            let subject = Subject(group: permission.group, resource: permission.resource)
            verbs[subject, default: []].formUnion(permission.verbs)
        }
        var resources: [Kind: [String]] = [:]
        for (subject, verbs) in verbs.sorted(by: { $0.key < $1.key }) {
            let known = Self.order.filter { verbs.contains($0) }
            let sorted = known + verbs.subtracting(known).sorted()
            resources[Kind(group: subject.group, verbs: sorted), default: []]
                .append(subject.resource)
        }
        lines = resources.sorted { $0.key < $1.key }.map { kind, resources in
            let group = kind.group.isEmpty ? "\"\"" : kind.group
            return "{apiGroups: [\(group)], resources: [\(resources.joined(separator: ", "))], "
                + "verbs: [\(kind.verbs.joined(separator: ", "))]}"
        }
    }

    /// As the value of `rules:`.
    package var yaml: String { lines.map { "  - \($0)\n" }.joined() }
}
