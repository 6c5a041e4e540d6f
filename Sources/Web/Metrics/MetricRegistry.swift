// The one list of metric families. Rendering, the dashboard, the alert rules and the tests work
// from it: a metric exists if and only if it is here.

import Core

/// Every metric family that the program exposes.
package enum MetricRegistry {
    /// Sorted by name; names are unique.
    package static let families: [MetricFamily] =
        (safety + rounds + earned + judging + delivery + itself).sorted { $0.name < $1.name }

    /// Every series name that PromQL may use.
    package static let seriesNames: Set<String> = Set(families.flatMap(\.seriesNames))
}

extension MetricInput {
    /// Loaded policies as (namespace, name, mode), in the order of their ids.
    var policies: [(namespace: String, name: String, mode: Policy.Mode)] {
        (state.policies?.policies ?? []).sorted { $0.id < $1.id }.map {
            let (namespace, name) = splitPolicy($0.id)
            return (namespace, name, $0.mode)
        }
    }

    /// Namespaces with a policy, sorted.
    var namespaces: [String] { Set(policies.map(\.namespace)).sorted() }

    /// Namespaces with a policy times known kinds of faults.
    var namespaceFaults: [String] {
        namespaces.flatMap { namespace in
            Set(faultKinds).sorted().map { Counters.key(namespace, $0) }
        }
    }

    /// `namespace`, `fault`, and each of `values`: for counters that must exist from the start.
    func namespaceFaults(_ values: [String]) -> [String] {
        namespaceFaults.flatMap { key in values.map { Counters.key(key, $0) } }
    }

    /// The key of every judged service and signal with each of `values`.
    func serviceKeys(_ values: [String]) -> [String] {
        serviceKeys.flatMap { key in values.map { key + "\u{1f}" + $0 } }
    }
}

/// `namespace/name` taken apart.
func splitPolicy(_ id: String) -> (namespace: String, name: String) {
    let namespace = id.prefix { $0 != "/" }
    return (String(namespace), String(id.dropFirst(namespace.count + 1)))
}

extension MetricWriter {
    /// Counts under every known key (each once), 0 where nothing was counted yet, then all others
    /// sorted by key.
    mutating func add(_ counts: [String: Int], known: [String]) {
        for key in known { add(counts.isEmpty ? 0 : counts[key] ?? 0, key: key) }
        for key in others(counts, known) { add(counts[key] ?? 0, key: key) }
    }

    /// The same for histograms: an empty one where nothing was observed yet.
    mutating func add(_ histograms: [String: Histogram], known: [String]) {
        for key in known { add(histograms[key] ?? Histogram(), key: key) }
        for key in others(histograms, known) { add(histograms[key] ?? Histogram(), key: key) }
    }

    private func others<Value>(_ values: [String: Value], _ known: [String]) -> [String] {
        values.isEmpty ? [] : Set(values.keys).subtracting(known).sorted()
    }

    mutating func add(_ value: Bool, _ label: String) { add(value ? 1 : 0, label) }
    mutating func add(_ value: Bool) { add(value ? 1 : 0) }
}
