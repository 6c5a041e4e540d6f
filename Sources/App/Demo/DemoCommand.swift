// `hazard demo`: the tutorial's story on one machine. An embedded cluster whose pods are processes,
// the application, users, and the daemon with its own policy; it narrates until it is told to end.

import Core
package import Engine
import Faults
import Host
import Kubernetes
import LocalCluster
import Platform
import Signals
import Web

/// What a person may choose.
package struct DemoOptions: Sendable {
    /// Nil: drawn.
    package var seed: UInt64?
    /// Ends after this many rounds; nil: at Ctrl-C.
    package var rounds: Int?
    /// Replaces the policy's period.
    package var every: Duration?
    /// Restarts the application when a service has not recovered.
    package var heal: Bool
    /// Requests a second.
    package var rate: Double
    /// Scrape interval and judge's window.
    package var scrape: Duration
    /// The web address's port; nil: 9321, or a free one.
    package var port: Int?
    /// Where alerts go besides the terminal.
    package var alertmanager: String?

    package init(
        seed: UInt64? = nil, rounds: Int? = nil, every: Duration? = nil, heal: Bool = false,
        rate: Double = 10, scrape: Duration = .seconds(1), port: Int? = nil,
        alertmanager: String? = nil
    ) {
        self.seed = seed
        self.rounds = rounds
        self.every = every
        self.heal = heal
        self.rate = rate
        self.scrape = scrape
        self.port = port
        self.alertmanager = alertmanager
    }
}

/// The command `demo`.
package enum DemoCommand {
    /// Runs until Ctrl-C, SIGTERM, or the wanted rounds are over.
    package static func run(_ options: DemoOptions) async -> ExitStatus {
        do {
            let signals = try SignalEvents.listen()
            let interruption = Interruption()
            return try await run(options, until: interruption) {
                for await event in signals where event != .hangUp { return }
            }
        } catch let error as ConfigError {
            Terminal.error(error.description)
            return .usage
        } catch {
            Terminal.error(Failure(error).message)
            return .failure
        }
    }

    /// The same, ended by `stop` returning.
    package static func run(
        _ options: DemoOptions, until interruption: Interruption,
        stop: @escaping @Sendable () async -> Void,
        say: @escaping @Sendable (String) -> Void = { Terminal.print($0) }
    ) async throws -> ExitStatus {
        let files = try DemoFiles.find()
        let decoded = PolicyFiles.read([files.policy])
        if let error = decoded.errors.first { throw Failure(.rejected, error.description) }
        guard var policy = decoded.policies.first else {
            throw Failure(.rejected, "\(files.policy) holds no policy")
        }
        if let every = options.every { policy.schedule.cadence = .every(every) }
        let stage = try await DemoStage(
            options: options, policy: policy, objects: try files.objects(),
            interruption: interruption, say: say)
        let ended = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await stop()
                interruption.raise("ended by a signal")
            }
            let result = await stage.play()
            interruption.raise("the demo is over")
            group.cancelAll()
            return result
        }
        switch ended {
        case .success(let status): return status
        case .failure(let failure): throw failure
        }
    }
}
