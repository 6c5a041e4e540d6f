// Which series a question is about: those whose destination is in the namespaces asked for. Both
// sources use it, so that they answer alike whatever their server's matcher lets through.

import Core
import Engine

extension Question {
    /// The metrics in the order of their worth: without requests the others say little.
    var mostNeededFirst: [String] {
        let first = metrics.filter { $0 == "istio_requests_total" }
        return first + metrics.filter { $0 != "istio_requests_total" }
    }

    /// Whether a series with these labels has its destination in a namespace asked for. The
    /// `destination_service` host decides; a short host falls back to the namespace label, which is
    /// `unknown` when the peer was never reached. No namespaces means all.
    func covers(_ labels: Labels) -> Bool {
        if namespaces.isEmpty { return true }
        let service = ServiceRef(destinationService: labels["destination_service"])
        if !service.namespace.isEmpty { return namespaces.contains(service.namespace) }
        return namespaces.contains(labels["destination_service_namespace"])
    }
}
