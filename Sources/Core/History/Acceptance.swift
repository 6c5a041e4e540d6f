// A person's word that what is now is normal: it ends an anomaly that did not heal.

/// Somebody accepted the present level of an anomalous service as normal. The anomaly ends without
/// a recovery: how long a repair would have taken is not known.
package struct Accepted: Codable, Sendable, Hashable {
    /// The anomaly's number.
    package var id: Int
    /// Who said so, as they named themselves.
    package var by: String
    /// Why, if they said.
    package var reason: String?
    /// Bad responses beyond the old baseline until then.
    package var excess: Double

    package init(id: Int, by: String, reason: String? = nil, excess: Double) {
        self.id = id
        self.by = by
        self.reason = reason
        self.excess = excess
    }

    /// `accepted as normal by ada: the new search is slower`.
    package var text: String { "accepted as normal by \(by)" + (reason.map { ": \($0)" } ?? "") }
}

/// What a person asks to be accepted.
package struct AcceptanceRequest: Sendable, Hashable {
    package var service: ServiceRef
    /// Nil: every signal of the service that is anomalous.
    package var signal: Signal?
    package var by: String
    package var reason: String?

    package init(service: ServiceRef, signal: Signal?, by: String, reason: String?) {
        self.service = service
        self.signal = signal
        self.by = by
        self.reason = reason
    }
}

extension AnomalyRecord {
    /// Neither recovered nor accepted.
    package var isOpen: Bool { recovery == nil && accepted == nil }

    /// When it recovered or was accepted; nil while it lasts.
    package var endedAt: Timestamp? { recovery?.recoveredAt ?? acceptedAt }

    /// `namespace/service signal`.
    package var name: String { "\(service) \(signal.rawValue)" }

    /// The command that accepts it.
    package var acceptCommand: String {
        "hazard accept \(service) --signal \(signal.rawValue)"
    }
}

extension State {
    /// The open anomalies that `request` means; when there are none, what to say about it.
    package func anomalies(
        meant request: AcceptanceRequest
    ) -> (records: [AnomalyRecord], refusal: String?) {
        let meant = anomalies.filter { record in
            record.service == request.service
                && (request.signal.map { $0 == record.signal } ?? true)
        }
        if !meant.isEmpty { return (meant, nil) }
        let what =
            "\(request.signal.map { "\($0.rawValue) of " } ?? "")\(request.service)"
        let open = anomalies.map(\.name).sorted().joined(separator: ", ")
        return (
            [],
            "\(what) is not anomalous, so there is nothing to accept; "
                + (open.isEmpty ? "nothing else is either" : "anomalous now: \(open)")
        )
    }
}
