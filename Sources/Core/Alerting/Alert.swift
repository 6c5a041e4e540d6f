// An alert as Prometheus and Alertmanager know it: identity is the label set, the rest may change.

/// One alert at one moment of its life.
package struct Alert: Codable, Sendable, Hashable {
    package enum Name: String, Codable, Sendable, CaseIterable {
        case anomaly = "HazardAnomaly"
        case unrecovered = "HazardUnrecovered"
        case roundAborted = "HazardRoundAborted"
        case externalIncident = "HazardExternalIncident"
        case blind = "HazardBlind"
        case detectorMiscalibrated = "HazardDetectorMiscalibrated"
        case stuckInjection = "HazardStuckInjection"
        case finding = "HazardFinding"
    }

    package enum Severity: String, Codable, Sendable {
        case info, warning, critical

        /// 0 is the severest.
        package var rank: Int {
            switch self {
            case .critical: 0
            case .warning: 1
            case .info: 2
            }
        }
    }

    package var name: Name
    package var severity: Severity
    /// Without `alertname` and `severity`; no numbers, no round ids: these are annotations.
    package var labels: [String: String]
    /// `summary` (no values), `description` (values), and whatever helps the person on call.
    package var annotations: [String: String]
    package var startsAt: Timestamp
    /// Set when it is resolved.
    package var endsAt: Timestamp?

    package init(
        name: Name, severity: Severity, labels: [String: String], annotations: [String: String],
        startsAt: Timestamp, endsAt: Timestamp? = nil
    ) {
        self.name = name
        self.severity = severity
        self.labels = labels
        self.annotations = annotations
        self.startsAt = startsAt
        self.endsAt = endsAt
    }

    package var isFiring: Bool { endsAt == nil }

    /// All labels, sorted by name: the identity.
    package var identity: Labels {
        var all = labels
        all["alertname"] = name.rawValue
        all["severity"] = severity.rawValue
        return Labels(all)
    }

    /// 64-bit FNV-1a over the sorted labels, each name and value closed by 0xff, in hexadecimal:
    /// the fingerprint that prometheus/common computes.
    package var fingerprint: String {
        var hash = FNV1a()
        for pair in identity.pairs {
            for text in [pair.name, pair.value] {
                hash.add(text.utf8)
                hash.add(CollectionOfOne(0xff))
            }
        }
        return hash.hexadecimal
    }
}
