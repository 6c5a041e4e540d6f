// Where a snapshot of the cluster comes from: kept up to date by watches, or listed when asked for.

package import Core
package import Platform

/// A source of snapshots.
package protocol ClusterView: Sendable {
    /// The cluster as last confirmed by the API server. Throws rather than showing what may be old.
    func snapshot() async throws(Failure) -> Snapshot
}
