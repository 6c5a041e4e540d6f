// Alert sinks from the configuration's entries, and the demo's one.

import Core
import Engine
import Notifiers
import Platform

enum Notification {
    /// A notifier from a configuration entry.
    static func make(
        _ choice: PluginChoice, network: any Network
    ) throws(ConfigError) -> any Notifier {
        try NotifierCatalog.all.make(choice.kind, choice.parameters, network: network)
    }

    static func alertmanager(
        _ url: String, network: any Network
    ) throws(ConfigError) -> any Notifier {
        let specs = NotifierCatalog.all.kinds["alertmanager"]?.manifest.parameters ?? []
        let parameters = try Parameters(
            ConfigNode(json: ["url": .string(url)]), specs: specs, path: "alertmanager")
        return try NotifierCatalog.all.make("alertmanager", parameters, network: network)
    }
}
