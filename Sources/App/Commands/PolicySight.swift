// What `preview` and `explain` look at: policies from files, the live cluster, and the journal when
// one is named. It only reads.

import Core
import Engine
import Faults
import Host
import Platform
import YAML

/// Where policies, cluster and history come from.
package struct PolicySightOptions: Sendable {
    /// Policy files and directories.
    package var policies: [String]
    /// A daemon's configuration, for what is not named.
    package var config: String?
    package var kubeconfig: String?
    package var context: String?
    package var journal: String?

    package init(
        policies: [String], config: String? = nil, kubeconfig: String? = nil,
        context: String? = nil, journal: String? = nil
    ) {
        self.policies = policies
        self.config = config
        self.kubeconfig = kubeconfig
        self.context = context
        self.journal = journal
    }
}

/// One look.
struct PolicySight: Sendable {
    let policies: [Policy]
    let snapshot: Snapshot
    /// Nil when no journal was named.
    let state: State?
    let now: Timestamp

    /// Reads everything; every mistake is printed, and the exit status says which kind it was.
    /// `namespaces` are looked at besides those of the policies.
    static func look(
        _ options: PolicySightOptions, namespaces: [String] = [], output: Output
    ) async -> Result<PolicySight, Refusal> {
        var access = DaemonConfiguration.KubernetesAccess.automatic
        var paths = options.policies
        var journal = options.journal
        if let config = options.config {
            let (configuration, errors) = ConfigurationFile.read(config)
            errors.forEach { output.error($0.description) }
            guard let configuration, errors.isEmpty else { return .failure(Refusal(.usage)) }
            access = configuration.kubernetes
            if paths.isEmpty { paths = configuration.policies }
            // A daemon that never ran has none yet; one that is named has to be there.
            if journal == nil, JournalFile.exists(configuration.journal) {
                journal = configuration.journal
            }
        }
        if options.kubeconfig != nil || options.context != nil {
            access = .kubeconfig(path: options.kubeconfig, context: options.context)
        }
        guard !paths.isEmpty else {
            output.error(
                "no policy is named: --policy config/staging.yaml, or --config for the policies "
                    + "of a daemon's configuration")
            return .failure(Refusal(.usage))
        }
        guard let policies = read(paths, output) else { return .failure(Refusal(.usage)) }
        do {
            let state = try await journal.asyncMap { try await JournalFile(path: $0).state }
            let spaces = Set(policies.map(\.namespace) + namespaces).sorted()
            let snapshot = try await PolicyReach.snapshot(access, namespaces: spaces)
            return .success(
                PolicySight(
                    policies: policies, snapshot: snapshot, state: state, now: SystemClock().now))
        } catch {
            let reason = (error as? ConfigError)?.description ?? Failure(error).message
            output.error("nothing can be looked at: \(reason)")
            return .failure(Refusal(.failure))
        }
    }

    /// Policies of files; nil when there are mistakes, which are printed.
    static func read(_ paths: [String], _ output: Output) -> [Policy]? {
        let decoded = PolicyFiles.read(paths)
        decoded.errors.forEach { output.error($0.description) }
        return decoded.errors.isEmpty ? decoded.policies : nil
    }

    /// How the command ends when it could not look.
    struct Refusal: Error {
        let exit: ExitStatus
        init(_ exit: ExitStatus) { self.exit = exit }
    }

    /// What a policy's past forbids; without a journal, nothing is known of it.
    func history(of policy: Policy) -> StrikeHistory {
        state.map { StrikeHistory($0, policy: policy, snapshot: snapshot, now: now) }
            ?? StrikeHistory()
    }

    /// Which of a policy's pods may be struck now.
    func eligibility(_ policy: Policy) -> Eligibility {
        Eligibility(
            snapshot, policy: policy, history: history(of: policy),
            honoursBudgets: Self.honours(policy), now: now)
    }

    private static func honours(_ policy: Policy) -> Bool {
        policy.faults.allSatisfy {
            FaultCatalog.all.kinds[$0.kind]?.manifest.honoursDisruptionBudgets ?? false
        }
    }

    /// Why a round of the policy would not start now. The signals are not read: of them it says by
    /// what the journal's last tick was held.
    func holds(_ policy: Policy) -> [Hold] {
        let input = GateInput(
            openness: policy.schedule.isOpen(at: now), isLeader: true, snapshot: snapshot,
            blindReason: nil, isWarm: true)
        return Core.holds(input, policy: policy, state: state ?? State(), now: now)
            + signalHolds(policy)
    }

    private func signalHolds(_ policy: Policy) -> [Hold] {
        guard let held = state?.holds[policy.id],
            let reason = held.reasons.first(where: {
                [.blind, .warmingUp, .tooLittleTraffic].contains($0)
            })
        else { return [] }
        return [Hold(reason, "at the tick of \(held.tick.rfc3339Seconds): \(held.text)")]
    }
}

extension Optional {
    fileprivate func asyncMap<Value>(
        _ change: (Wrapped) async throws -> Value
    ) async throws -> Value? {
        if let value = self { return try await change(value) }
        return nil
    }
}
