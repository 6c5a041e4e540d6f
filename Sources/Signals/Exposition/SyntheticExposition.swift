// A made-up but realistic exposition of istio_requests_total, a function of its seed: what the
// bench and the tests read. Not used by the daemon.

import Core

/// Series with Istio's 25 labels, in the order in which Envoy writes them.
package struct SyntheticExposition: Sendable {
    private var lines: [[UInt8]] = []
    private var counters: [UInt64] = []
    private var random: RandomStream

    /// - Parameter bytes: the least size of one rendering.
    package init(bytes: Int, seed: UInt64) {
        random = RandomStream(seed: seed)
        var size = 0
        var number = 0
        while size < bytes {
            let line = series(number)
            size += line.count + 8
            lines.append(line)
            counters.append(UInt64(random.below(1_000_000)))
            number += 1
        }
    }

    package var series: Int { lines.count }

    /// The exposition now; afterwards some counters have grown.
    package mutating func next() -> [UInt8] {
        var out = Array("# TYPE istio_requests_total counter\n".utf8)
        for index in lines.indices {
            out += lines[index]
            out.append(0x20)
            out += Array(String(counters[index]).utf8)
            out.append(0x0a)
            if random.below(4) == 0 { counters[index] += UInt64(random.below(500)) }
        }
        return out
    }

    private mutating func series(_ number: Int) -> [UInt8] {
        let source = "caller-\(number % 97)"
        let target = "service-\(number / 97 % 89)"
        let space = "team-\(number % 13)"
        let code = ["200", "204", "404", "500", "503", "0"][random.below(6)]
        let flags = ["-", "-", "-", "UF,URX", "UH", "UC", "DC"][random.below(7)]
        let account = "spiffe://cluster.local/ns/\(space)/sa"
        let labels: [(String, String)] = [
            ("reporter", number % 2 == 0 ? "source" : "destination"),
            ("source_workload", source), ("source_canonical_service", source),
            ("source_canonical_revision", "latest"), ("source_workload_namespace", space),
            ("source_principal", "\(account)/\(source)"), ("source_app", source),
            ("source_version", "v\(number / 8633)"), ("source_cluster", "Kubernetes"),
            ("destination_workload", target), ("destination_workload_namespace", space),
            ("destination_principal", "\(account)/\(target)"), ("destination_app", target),
            ("destination_version", "v1"),
            ("destination_service", "\(target).\(space).svc.cluster.local"),
            ("destination_canonical_service", target),
            ("destination_canonical_revision", "latest"), ("destination_service_name", target),
            ("destination_service_namespace", space), ("destination_cluster", "Kubernetes"),
            ("request_protocol", "http"), ("response_code", code), ("grpc_response_status", ""),
            ("response_flags", flags), ("connection_security_policy", "mutual_tls"),
        ]
        let text = labels.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
        return Array("istio_requests_total{\(text)}".utf8)
    }
}
