// `hazard check`: every mistake of policies and configurations, with file, line and column.

import Core
import Host
import Platform
import YAML

/// The command `check`.
package enum CheckCommand {
    /// Checks files and directories: policies, and `HazardConfiguration`s by their kind. With
    /// `cluster`, also whether each policy reaches a pod of the cluster that is there now. When a
    /// configuration names a Prometheus, it is asked to parse the policies' PromQL.
    package static func run(
        _ paths: [String], json: Bool, cluster: Bool = false, kubeconfig: String? = nil,
        context: String? = nil, output: Output = .terminal
    ) async -> ExitStatus {
        var errors: [ConfigError] = []
        var policyPaths: [String] = []
        var configurations = 0
        var sources: [ExpressionReach.Source] = []
        for path in paths where PolicyFiles.files(at: path).isEmpty {
            errors.append(
                ConfigError(
                    message: "there is nothing to check in \(path)",
                    fix: "name a file, or a directory of *.yaml or *.yml files"))
        }
        for path in paths.flatMap(PolicyFiles.files(at:)) {
            if isConfiguration(path) {
                configurations += 1
                let read = ConfigurationFile.read(path)
                errors += read.errors
                if let signals = read.configuration?.signals {
                    sources.append((path, signals))
                }
            } else {
                policyPaths.append(path)
            }
        }
        var policies: [Policy] = []
        if !policyPaths.isEmpty {
            let decoded = PolicyFiles.read(policyPaths)
            policies = decoded.policies
            errors += decoded.errors
            for kind in Set(sources.map(\.signals.kind)).sorted() {
                errors += policies.flatMap { $0.unanswerable(by: kind) }
            }
        }
        var unread: String?
        if cluster, !policies.isEmpty {
            do {
                let snapshot = try await PolicyReach.snapshot(
                    kubeconfig: kubeconfig, context: context,
                    namespaces: Set(policies.map(\.namespace)).sorted())
                errors += PolicyReach.errors(policies, in: snapshot)
            } catch {
                let reason = (error as? ConfigError)?.description ?? Failure(error).message
                unread = "the cluster cannot be read: \(reason)"
            }
        }
        var live = ExpressionReach()
        await live.ask(sources, about: policies)
        errors += live.errors
        let findings = Findings(
            policies: policies, configurations: configurations, errors: errors,
            warnings: live.warnings, unread: unread)
        findings.tell(output, json: json)
        if unread != nil { return .failure }
        return errors.isEmpty ? .success : .usage
    }

    /// What a check found.
    private struct Findings {
        var policies: [Policy]
        /// How many there were.
        var configurations: Int
        var errors: [ConfigError]
        var warnings: [String]
        /// Why the cluster could not be read, when it was asked for.
        var unread: String?

        func tell(_ output: Output, json: Bool) {
            if json { output.document(document) }
            if let unread { output.error(unread) }
            if json { return }
            errors.forEach { output.error($0.description) }
            warnings.forEach { output.warning($0) }
            // Of a policy that the cluster was to be asked about, nobody knows yet.
            for policy in policies
            where unread == nil && !errors.contains(where: { $0.file == policy.source }) {
                let kinds = policy.faults.map(\.kind).joined(separator: ", ")
                output.line(
                    "ok  \(policy.source): policy \(policy.id), \(policy.mode.rawValue): \(kinds)")
            }
            if errors.isEmpty, configurations > 0 { output.line("ok  configuration") }
        }

        private var document: JSON {
            [
                "ok": .bool(errors.isEmpty && unread == nil),
                "policies": .array(
                    policies.map { ["id": .string($0.id), "source": .string($0.source)] }),
                "failure": unread.map { .string($0) } ?? .null,
                "warnings": .array(warnings.map { .string($0) }),
                "errors": .array(
                    errors.map {
                        [
                            "file": .string($0.file), "line": .integer(Int64($0.line)),
                            "column": .integer(Int64($0.column)), "path": .string($0.path),
                            "message": .string($0.message), "fix": .string($0.fix),
                        ]
                    }),
            ]
        }
    }

    private static func isConfiguration(_ path: String) -> Bool {
        guard let bytes = try? FileSystem.read(path, limit: YAML.sizeLimit) else { return false }
        return YAML.read(bytes).documents.contains {
            if case .scalar(let kind, _)? = $0["kind"]?.content {
                return kind == DaemonConfigurationDecoder.kind
            }
            return false
        }
    }
}
