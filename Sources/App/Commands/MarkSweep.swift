// Reverts every mark that a cluster's objects carry, whoever left it and whatever its deadline.
// What a mark means is the fault's business.

import Core
import Engine
import Platform

/// All marks of one cluster.
struct MarkSweep: Sendable {
    let cluster: any Cluster
    let catalog: FaultCatalog
    /// Those that somebody asked for by name; empty for all.
    var namespaces: [String] = []

    /// How many marks were reverted, and how many are still there.
    struct Result: Sendable, Hashable {
        var reverted = 0
        var left = 0
        /// Namespaces that were asked for and have no pods.
        var empty: [String] = []
    }

    /// Nil when the cluster could not be read.
    func run(_ output: Output) async -> Result? {
        let snapshot: Snapshot
        do throws(Failure) { snapshot = try await cluster.snapshot() } catch {
            output.error("the marks could not be read: \(error.message)")
            return nil
        }
        var marked: [(target: Target, text: String)] = []
        for index in snapshot.pods.indices {
            if let text = snapshot.pods[index].mark {
                marked.append((snapshot.target(index), text))
            }
        }
        for node in snapshot.nodes {
            guard let text = node.mark else { continue }
            marked.append(
                (Target(kind: .node, namespace: "", name: node.name, uid: node.uid), text))
        }
        var result = Result()
        let inhabited = Set(snapshot.pods.map { snapshot.namespaces[Int($0.namespace)] })
        result.empty = namespaces.filter { !inhabited.contains($0) }
        for (target, text) in marked {
            do {
                let line = try await revert(target, text)
                result.reverted += 1
                output.line(line)
            } catch {
                result.left += 1
                output.error("\(target): \((error as? Failure)?.message ?? "\(error)")")
            }
        }
        return result
    }

    private func revert(_ target: Target, _ text: String) async throws -> String {
        let annotation = InjectionMark.annotation
        guard let mark = InjectionMark(text: text) else {
            throw Failure(
                .rejected,
                "the mark cannot be read (\(text.prefix(80))); undo what it says, then remove the "
                    + "annotation \(annotation)")
        }
        guard catalog.kinds[mark.fault]?.manifest.target == target.kind else {
            throw Failure(
                .rejected,
                "this Hazard knows no fault \"\(mark.fault)\" of a \(target.kind.rawValue); use "
                    + "the Hazard that injected it, or remove the annotation \(annotation) "
                    + "by hand"
            )
        }
        let fault = try catalog.make(mark.fault, json: mark.parameters)
        try await fault.revert(target, undo: mark.undo, in: cluster)
        return "\(target): reverted \(mark.fault) of round \(mark.round), policy \(mark.policy)"
    }
}
