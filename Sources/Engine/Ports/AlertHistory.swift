// The port to the team's own alerts: which were firing when. Hazard only reads them, to tell
// whether anybody would have noticed.

package import Core
package import Platform

/// What a kind of alert history is.
package struct AlertHistoryManifest: Sendable, Hashable {
    package var name: String
    /// One sentence.
    package var summary: String
    package var parameters: [ParameterSpec]

    package init(name: String, summary: String, parameters: [ParameterSpec]) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
    }
}

/// Where the team's own alerts can be read.
package protocol AlertHistory: Sendable {
    static var manifest: AlertHistoryManifest { get }

    init(_ parameters: Parameters, _ context: SignalSourceContext) throws(ConfigError)

    /// Whether it only knows what fires now, so that it must be asked again and again.
    var isMomentary: Bool { get }
    /// Alerts that were firing at some time from `since` to `until`, Hazard's own left out. One
    /// that was firing at `since` may have begun before. Tries once; whoever asks can go without.
    func firing(since: Timestamp, until: Timestamp) async throws(Failure) -> [FiringAlert]
}

/// All known kinds of alert histories, by name.
package struct AlertHistoryCatalog: Sendable {
    package let kinds: [String: any AlertHistory.Type]

    package init(_ types: [any AlertHistory.Type]) {
        kinds = Dictionary(types.map { ($0.manifest.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// Sorted by name.
    package var manifests: [AlertHistoryManifest] {
        kinds.values.map { $0.manifest }.sorted { $0.name < $1.name }
    }

    /// Builds one from its kind and parameters; an unknown kind names the known ones.
    package func make(
        _ kind: String, _ parameters: Parameters, _ context: SignalSourceContext
    ) throws(ConfigError) -> any AlertHistory {
        guard let type = kinds[kind] else {
            throw ConfigError(
                message: "unknown alert history \"\(kind)\"",
                fix: "known: " + kinds.keys.sorted().joined(separator: ", "))
        }
        return try type.init(parameters, context)
    }
}
