// Every kind of fault that a policy can name: one line each.

package import Engine

extension FaultCatalog {
    /// All kinds of faults of this program.
    package static let all = FaultCatalog([
        PodDelete.self,
        PodEvict.self,
    ])
}
