// What a kind of metrics source is: everything that lists, documents, authorises or decodes it
// reads this.

package import Core
package import Platform

/// A kind of metrics source.
package struct SignalSourceManifest: Sendable, Hashable {
    /// As written in the configuration, e.g. `prometheus`.
    package var name: String
    /// One sentence.
    package var summary: String
    package var parameters: [ParameterSpec]
    /// What the daemon's service account needs for it.
    package var permissions: [Permission]

    package init(
        name: String, summary: String, parameters: [ParameterSpec], permissions: [Permission]
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.permissions = permissions
    }
}

/// One place that exposes metrics: a pod.
package struct ScrapeTarget: Sendable, Hashable {
    /// `namespace/pod`.
    package var name: String
    package var url: String
    /// When its containers started last, when known: counters begin at zero there.
    package var startedAt: Timestamp?

    package init(name: String, url: String, startedAt: Timestamp? = nil) {
        self.name = name
        self.url = url
        self.startedAt = startedAt
    }
}

/// Says which targets there are now. Asked once an interval; it should answer from memory.
package protocol TargetProvider: Sendable {
    func targets() async throws(Failure) -> [ScrapeTarget]
}

/// What sources are built from, besides their parameters.
package struct SignalSourceContext: Sendable {
    package var clock: any WallClock
    package var network: any Network
    package var seed: UInt64
    /// Needed by the source that scrapes by itself.
    package var targets: (any TargetProvider)?
    /// Reads a file that a parameter names, e.g. a token; again at each use, since it may rotate.
    package var readFile: @Sendable (String) async throws(Failure) -> [UInt8]

    package init(
        clock: any WallClock, network: any Network, seed: UInt64,
        targets: (any TargetProvider)? = nil,
        readFile: @escaping @Sendable (String) async throws(Failure) -> [UInt8]
    ) {
        self.clock = clock
        self.network = network
        self.seed = seed
        self.targets = targets
        self.readFile = readFile
    }
}

/// A source that is built from configuration.
package protocol ConfigurableSignalSource: SignalSource {
    static var manifest: SignalSourceManifest { get }

    init(_ parameters: Parameters, _ context: SignalSourceContext) throws(ConfigError)

    /// Work that goes on between readings, e.g. scraping. Returns when the task is cancelled; a
    /// source without such work returns at once.
    func run() async
}

extension ConfigurableSignalSource {
    package func run() async {}
}

/// All known kinds of metrics sources, by name.
package struct SignalSourceCatalog: Sendable {
    package let kinds: [String: any ConfigurableSignalSource.Type]

    package init(_ types: [any ConfigurableSignalSource.Type]) {
        kinds = Dictionary(types.map { ($0.manifest.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// Sorted by name.
    package var manifests: [SignalSourceManifest] {
        kinds.values.map { $0.manifest }.sorted { $0.name < $1.name }
    }

    /// Builds a source from its kind and parameters; an unknown kind names the known ones.
    package func make(
        _ kind: String, _ parameters: Parameters, _ context: SignalSourceContext
    ) throws(ConfigError) -> any ConfigurableSignalSource {
        guard let type = kinds[kind] else {
            throw ConfigError(
                message: "unknown metrics source \"\(kind)\"",
                fix: "known: " + kinds.keys.sorted().joined(separator: ", "))
        }
        return try type.init(parameters, context)
    }
}
