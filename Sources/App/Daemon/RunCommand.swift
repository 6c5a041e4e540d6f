// `hazard run`: the daemon from its configuration file, until SIGTERM or Ctrl-C. SIGHUP, or a
// changed file, reads the policies again; what is refused leaves the last good ones in force.

import Core
import Engine
import Host
import Platform
import Web

/// The command `run`.
package enum RunCommand {
    /// Runs with the configuration in `path`. `tickLimit` ends it after that many ticks of each
    /// policy.
    package static func run(configuration path: String, tickLimit: Int? = nil) async -> ExitStatus {
        let log = Log { level, line in
            Terminal.warn("\(SystemClock().now.rfc3339Seconds) \(level.rawValue): \(line)")
        }
        let (configuration, errors) = ConfigurationFile.read(path)
        guard let configuration else {
            errors.forEach { Terminal.error($0.description) }
            return .usage
        }
        let decoded = PolicyFiles.read(configuration.policies)
        if !decoded.errors.isEmpty {
            decoded.errors.forEach { Terminal.error($0.description) }
            return .usage
        }
        do {
            let signals = try SignalEvents.listen()
            let factory = DaemonFactory(
                configuration: configuration, policies: decoded.policies, log: log,
                tickLimit: tickLimit)
            try await factory.run(signals: signals)
            return .success
        } catch {
            let failure = Failure(error)
            Terminal.error((error as? ConfigError)?.description ?? failure.message)
            if error is ConfigError { return .usage }
            return failure.message.contains("another Hazard") ? .busy : .failure
        }
    }
}
