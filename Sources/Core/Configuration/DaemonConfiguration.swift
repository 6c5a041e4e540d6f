// What the daemon itself is told: where to listen, which cluster, where signals come from and
// alerts go. Policies are apart. Decoding is in DaemonConfigurationDecoder.

/// `kind: HazardConfiguration`, checked.
package struct DaemonConfiguration: Sendable, Hashable {
    package enum KubernetesAccess: Sendable, Hashable {
        /// The service account of a pod where there is one, else the usual kubeconfig.
        case automatic
        case inCluster
        /// Nil parts are what `kubectl` would use.
        case kubeconfig(path: String?, context: String?)
    }

    /// One leader among several daemons, by a Kubernetes Lease.
    package struct LeaderElection: Sendable, Hashable {
        /// Nil: the namespace the daemon runs in.
        package var namespace: String?
        package var name: String
        /// Nil: the host's name.
        package var identity: String?

        package init(namespace: String? = nil, name: String = "hazard", identity: String? = nil) {
            self.namespace = namespace
            self.name = name
            self.identity = identity
        }
    }

    /// Limits of the judge's memory, and what a failure is.
    package struct Counting: Sendable, Hashable {
        /// Series of requests and connections, and buckets of histograms, held at most.
        package var seriesLimit: Int
        package var histogramLimit: Int
        /// gRPC statuses that are the client's doing and no failure of the service.
        package var benignGRPC: Set<Int>

        /// The defaults of the judge.
        package init() {
            let usual = JudgeSettings()
            seriesLimit = usual.seriesLimit
            histogramLimit = usual.histogramLimit
            benignGRPC = Set(usual.benignGRPC)
        }
    }

    /// An address without brackets, and a port; port 0 is any free one.
    package struct Address: Sendable, Hashable, CustomStringConvertible {
        package var host: String
        package var port: Int
        /// `127.0.0.1:9321` or `[::1]:9321`.
        package var description: String {
            (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
        }

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// Where metrics, health and the API are read.
    package var listenHost: String
    package var listenPort: Int
    /// Where changes (halt, resume, accept) are taken when `listen` is for everybody: always this
    /// machine, or this pod. Nil: at `listen`, which is a loopback address itself.
    package var changes: Address?
    /// A path, relative to the working directory.
    package var journal: String
    /// Files and directories, relative to the working directory.
    package var policies: [String]
    package var kubernetes: KubernetesAccess
    package var signals: PluginChoice
    package var notifiers: [PluginChoice]
    /// Where the team's own alerts are read. Nil: from the signals' Prometheus, when they come from
    /// one; kind `none`: nowhere.
    package var alertHistory: PluginChoice?
    /// One false alarm in this time over all series, whatever the policies ask for.
    package var falseAlarmPeriod: Duration
    /// What is counted, and of what how much is kept.
    package var counting = Counting()
    /// Nil: drawn when the daemon starts, and journaled.
    package var seed: UInt64?
    /// Nil: this daemon is alone.
    package var leaderElection: LeaderElection?

    package init(
        listenHost: String = "127.0.0.1", listenPort: Int = 9321, journal: String = "hazard.db",
        policies: [String], kubernetes: KubernetesAccess = .automatic, signals: PluginChoice,
        notifiers: [PluginChoice] = [], falseAlarmPeriod: Duration = .seconds(30 * 86_400),
        seed: UInt64? = nil, leaderElection: LeaderElection? = nil,
        alertHistory: PluginChoice? = nil
    ) {
        self.listenHost = listenHost
        self.listenPort = listenPort
        self.journal = journal
        self.policies = policies
        self.kubernetes = kubernetes
        self.signals = signals
        self.notifiers = notifiers
        self.falseAlarmPeriod = falseAlarmPeriod
        self.seed = seed
        self.leaderElection = leaderElection
        self.alertHistory = alertHistory
    }
}
