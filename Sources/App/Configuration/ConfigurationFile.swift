// The daemon's configuration file, read and decoded with positions.

package import Core
import Engine
import Host
import Notifiers
import Platform
import Signals
import YAML

/// Reads `kind: HazardConfiguration`.
package enum ConfigurationFile {
    /// The configuration in `path`, or every mistake in it.
    package static func read(
        _ path: String
    ) -> (configuration: DaemonConfiguration?, errors: [ConfigError]) {
        let bytes: [UInt8]
        do throws(Failure) {
            bytes = try FileSystem.read(path, limit: YAML.sizeLimit + 1)
        } catch {
            return (nil, [ConfigError(message: error.message)])
        }
        let contents = YAML.read(bytes, file: path)
        if !contents.errors.isEmpty { return (nil, contents.errors) }
        let decoder = DaemonConfigurationDecoder(
            sources: SignalSourceCatalog.all.kinds.mapValues { $0.manifest.parameters },
            notifiers: NotifierCatalog.all.kinds.mapValues { $0.manifest.parameters },
            alertHistories: AlertHistoryCatalog.specs)
        return decoder.decode(contents.documents, file: path)
    }
}
