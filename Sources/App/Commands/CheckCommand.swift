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
        if cluster, !policies.isEmpty {
            do {
                let snapshot = try await PolicyReach.snapshot(
                    kubeconfig: kubeconfig, context: context,
                    namespaces: Set(policies.map(\.namespace)).sorted())
                errors += PolicyReach.errors(policies, in: snapshot)
            } catch {
                let reason = (error as? ConfigError)?.description ?? Failure(error).message
                output.error("the cluster cannot be read: \(reason)")
                return .failure
            }
        }
        var live = ExpressionReach()
        await live.ask(sources, about: policies)
        errors += live.errors
        if json {
            output.document(document(policies, errors, live.warnings))
        } else {
            errors.forEach { output.error($0.description) }
            live.warnings.forEach { output.warning($0) }
            for policy in policies where !errors.contains(where: { $0.file == policy.source }) {
                let kinds = policy.faults.map(\.kind).joined(separator: ", ")
                output.line(
                    "ok  \(policy.source): policy \(policy.id), \(policy.mode.rawValue): \(kinds)")
            }
            if errors.isEmpty, configurations > 0 { output.line("ok  configuration") }
        }
        return errors.isEmpty ? .success : .usage
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

    private static func document(
        _ policies: [Policy], _ errors: [ConfigError], _ warnings: [String]
    ) -> JSON {
        [
            "ok": .bool(errors.isEmpty),
            "policies": .array(
                policies.map { ["id": .string($0.id), "source": .string($0.source)] }),
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
