// What the owner of a cluster may choose. Everything has the default of a real cluster.

import Core

/// How a cluster behaves.
package struct ClusterSettings: Sendable {
    /// Changes of one resource that a watch can resume over.
    package var historyLimit: Int
    /// How often nodes renew their Lease; zero never.
    package var heartbeat: Duration
    /// A node whose Lease is older than this is not ready.
    package var nodeGracePeriod: Duration
    /// The first wait before a crashed container is started again; it doubles.
    package var restartBackoff: Duration
    /// The longest wait before a crashed container is started again.
    package var restartBackoffLimit: Duration
    /// Environment variables that every container is given, before its own.
    package var environment: [EnvironmentVariable]
    /// `host:port` that clients reach the API at, for discovery.
    package var serverAddress: String
    /// The longest a watch stays open when the client does not say (Kubernetes: 30 to 60 minutes).
    package var watchTimeout: Duration
    /// The second byte of every pod's and node's address: 127.N.x.y. Clusters on one machine whose
    /// pods are real processes need different ones.
    package var podNetwork: Int

    package init(
        historyLimit: Int = 1000, heartbeat: Duration = .seconds(10),
        nodeGracePeriod: Duration = .seconds(50), restartBackoff: Duration = .seconds(10),
        restartBackoffLimit: Duration = .seconds(300), environment: [EnvironmentVariable] = [],
        serverAddress: String = "127.0.0.1:6443", watchTimeout: Duration = .seconds(1800),
        podNetwork: Int = 10
    ) {
        self.historyLimit = historyLimit
        self.heartbeat = heartbeat
        self.nodeGracePeriod = nodeGracePeriod
        self.restartBackoff = restartBackoff
        self.restartBackoffLimit = restartBackoffLimit
        self.environment = environment
        self.serverAddress = serverAddress
        self.watchTimeout = watchTimeout
        self.podNetwork = podNetwork
    }
}
