// The port for faults: an idempotent pair of inject and revert, written in Cluster verbs, and a
// check that it took effect. A fault never sees the network.

package import Core
package import Platform

/// What a kind of fault is: everything that lists, documents, authorises or decodes it reads this.
package struct FaultManifest: Sendable, Hashable {
    /// As written in a policy, e.g. `pod-delete`.
    package var name: String
    /// One sentence.
    package var summary: String
    package var target: Target.Kind
    package var parameters: [ParameterSpec]
    /// Whether something stays changed until it is reverted. A deleted pod does not: its owner
    /// replaces it.
    package var reversible: Bool
    /// Whether the API server enforces PodDisruptionBudgets on it. When not, the planner does.
    package var honoursDisruptionBudgets: Bool
    package var permissions: [Permission]

    package init(
        name: String, summary: String, target: Target.Kind, parameters: [ParameterSpec],
        reversible: Bool, honoursDisruptionBudgets: Bool, permissions: [Permission]
    ) {
        self.name = name
        self.summary = summary
        self.target = target
        self.parameters = parameters
        self.reversible = reversible
        self.honoursDisruptionBudgets = honoursDisruptionBudgets
        self.permissions = permissions
    }
}

/// An RBAC rule that something needs, e.g. `delete pods`.
package struct Permission: Sendable, Hashable {
    package var group: String
    /// With a subresource after a slash, e.g. `pods/eviction`.
    package var resource: String
    package var verbs: [String]
    /// Nodes and other things outside namespaces.
    package var clusterScoped: Bool

    package init(group: String, resource: String, verbs: [String], clusterScoped: Bool = false) {
        self.group = group
        self.resource = resource
        self.verbs = verbs
        self.clusterScoped = clusterScoped
    }
}

/// Whether a fault shows on its target.
package enum Delivery: Sendable, Hashable {
    case delivered
    /// Not yet; ask again.
    case pending
    /// It will not: the reason.
    case notDelivered(String)
}

/// One kind of fault with its parameters. `inject` and `revert` may be called again after a crash.
package protocol Fault: Sendable {
    static var manifest: FaultManifest { get }

    init(_ parameters: Parameters) throws(ConfigError)

    /// Facts needed to undo the injection exactly, read before anything is touched.
    func undo(for target: Target, in cluster: any Cluster) async throws(Failure) -> JSON
    /// Acts. `mark` is already on the target.
    func inject(_ target: Target, in cluster: any Cluster) async throws(Failure) -> Removal
    func delivery(of target: Target, in cluster: any Cluster) async throws(Failure) -> Delivery
    /// Restores what `undo` says. Returns when nothing of the fault is left, the mark included.
    func revert(_ target: Target, undo: JSON, in cluster: any Cluster) async throws(Failure)
    /// How long the fault lasts; zero when it is over as soon as it is delivered.
    var duration: Duration { get }
}

/// All known kinds of faults, by name.
package struct FaultCatalog: Sendable {
    package let kinds: [String: any Fault.Type]

    package init(_ types: [any Fault.Type]) {
        kinds = Dictionary(types.map { ($0.manifest.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// Sorted by name.
    package var manifests: [FaultManifest] {
        kinds.values.map { $0.manifest }.sorted { $0.name < $1.name }
    }

    /// Builds a fault from its kind and parameters; an unknown kind names the known ones.
    package func make(_ kind: String, _ parameters: Parameters) throws(ConfigError) -> any Fault {
        guard let type = kinds[kind] else {
            throw ConfigError(
                message: "unknown fault \"\(kind)\"",
                fix: "known: " + kinds.keys.sorted().joined(separator: ", "))
        }
        return try type.init(parameters)
    }

    /// Builds a fault from what the journal or a mark kept.
    package func make(_ kind: String, json: JSON) throws(ConfigError) -> any Fault {
        let specs = kinds[kind]?.manifest.parameters ?? []
        return try make(kind, Parameters(ConfigNode(json: json), specs: specs, path: kind))
    }
}
