// `hazard explain pod/NAME`: which policies may strike one pod of the live cluster, and with what
// probability; or the first rule that forbids it, with its numbers and what to change.

import Core
import Platform

/// The command `explain`.
package enum ExplainCommand {
    /// What is explained.
    package struct Options: Sendable {
        package var sight: PolicySightOptions
        /// `pod/NAME`.
        package var object: String
        /// Nil: any namespace of the policies.
        package var namespace: String?
        package var format: OutputFormat

        package init(
            sight: PolicySightOptions, object: String, namespace: String? = nil,
            format: OutputFormat = .text
        ) {
            self.sight = sight
            self.object = object
            self.namespace = namespace
            self.format = format
        }
    }

    /// 4: no policy may strike it now.
    package static func run(
        _ options: Options, output: Output = .terminal
    ) async -> ExitStatus {
        let name: String
        do throws(ConfigError) { name = try pod(options.object) } catch {
            output.error(error.description)
            return .usage
        }
        let sight: PolicySight
        let spaces = options.namespace.map { [$0] } ?? []
        switch await PolicySight.look(options.sight, namespaces: spaces, output: output) {
        case .success(let found): sight = found
        case .failure(let refusal): return refusal.exit
        }
        let indices: [Int]
        do throws(ConfigError) { indices = try find(name, options, sight) } catch {
            output.error(error.description)
            return .usage
        }
        let explanations = indices.map { PodExplanation($0, in: sight) }
        switch options.format {
        case .json: output.document(["pods": .array(explanations.map(\.json))])
        case .text:
            for (index, explanation) in explanations.enumerated() {
                if index > 0 { output.line("") }
                explanation.lines.forEach { output.line($0) }
            }
            if sight.state == nil {
                output.line(
                    "no journal was read (--journal): cooldowns, budgets and open rounds count as "
                        + "none")
            }
        }
        return explanations.contains(where: \.mayBeStruck) ? .success : .unknown
    }

    /// The name in `pod/NAME`, `pods/NAME` or `po/NAME`.
    private static func pod(_ text: String) throws(ConfigError) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1, !parts[0].isEmpty { return parts[0] }
        if parts.count == 2, ["pod", "pods", "po"].contains(parts[0]), !parts[1].isEmpty {
            return parts[1]
        }
        throw ConfigError(
            message: "\"\(text)\" is not a pod: only pods are struck",
            fix: "write pod/NAME, and --namespace for its namespace")
    }

    /// The pods of that name; in each namespace there is at most one.
    private static func find(
        _ name: String, _ options: Options, _ sight: PolicySight
    ) throws(ConfigError) -> [Int] {
        let snapshot = sight.snapshot
        let wanted = snapshot.pods.indices.filter { index in
            let space = snapshot.namespaces[Int(snapshot.pods[index].namespace)]
            return options.namespace.map { $0 == space } ?? true
        }
        let found = wanted.filter { snapshot.pods[$0].name == name }
        if !found.isEmpty { return found }
        let names = wanted.map { snapshot.pods[$0].name }
        let similar = names.filter { $0.hasPrefix(name) }.prefix(5)
        let near =
            similar.isEmpty
            ? Spelling.nearest(to: name, in: names).map { [$0] } ?? [] : similar + []
        let spaces = options.namespace.map { [$0] } ?? Set(sight.policies.map(\.namespace)).sorted()
        throw ConfigError(
            message: "there is no pod \"\(name)\" in \(spaces.joined(separator: ", "))",
            fix: near.isEmpty
                ? "kubectl get pods -n \(spaces.first ?? "NAMESPACE") shows what there is"
                : "did you mean " + near.joined(separator: ", "))
    }
}
