// What happened, as the journal keeps it. Every other view (state, metrics, alerts, reports, crash
// recovery) is a fold over these. Cases are only ever added; a reader of old journals must go on
// working.

/// One thing that happened. Payloads are in EventPayloads.
package enum Event: Sendable, Hashable {
    case started(Started)
    case stopped(Stopped)
    case policies(PoliciesLoaded)
    case held(Held)
    case planned(Planned)
    case injecting(Injecting)
    case injected(RoundMark)
    case injectionFailed(InjectionFailed)
    case delivered(RoundMark)
    case notDelivered(RoundNote)
    case reverted(RoundMark)
    case revertFailed(RoundNote)
    case judged(Judged)
    case closed(Closed)
    case anomaly(AnomalyOpened)
    case recovered(AnomalyRecovered)
    case unrecovered(AnomalyUnrecovered)
    case accepted(Accepted)
    case blind(Blind)
    case sighted(Sighted)
    case alert(Alert)
    case learned(Learned)
    case halted(Halted)
    case resumed(Resumed)
    case finding(Finding)
    case alertCoverage(AlertCoverage)
    case harmed(Harmed)
    case deployed(Deployed)
    case aborted(Aborted)
    case calibrated(Calibrated)
    case traced(AnomalyTraced)
}

extension Event {
    /// The name under which the journal keeps it.
    package var kind: String {
        switch self {
        case .started: "started"
        case .stopped: "stopped"
        case .policies: "policies"
        case .held: "held"
        case .planned: "planned"
        case .injecting: "injecting"
        case .injected: "injected"
        case .injectionFailed: "injectionFailed"
        case .delivered: "delivered"
        case .notDelivered: "notDelivered"
        case .reverted: "reverted"
        case .revertFailed: "revertFailed"
        case .judged: "judged"
        case .closed: "closed"
        case .anomaly: "anomaly"
        case .recovered: "recovered"
        case .unrecovered: "unrecovered"
        case .blind: "blind"
        case .sighted: "sighted"
        case .alert: "alert"
        case .learned: "learned"
        case .halted: "halted"
        case .resumed: "resumed"
        case .finding: "finding"
        case .alertCoverage: "alertCoverage"
        case .harmed: "harmed"
        case .deployed: "deployed"
        case .aborted: "aborted"
        case .calibrated: "calibrated"
        case .accepted: "accepted"
        case .traced: "traced"
        }
    }
}

extension Event: Codable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        let key = Key(kind)
        switch self {
        case .started(let value): try container.encode(value, forKey: key)
        case .stopped(let value): try container.encode(value, forKey: key)
        case .policies(let value): try container.encode(value, forKey: key)
        case .held(let value): try container.encode(value, forKey: key)
        case .planned(let value): try container.encode(value, forKey: key)
        case .injecting(let value): try container.encode(value, forKey: key)
        case .injected(let value), .delivered(let value), .reverted(let value):
            try container.encode(value, forKey: key)
        case .injectionFailed(let value): try container.encode(value, forKey: key)
        case .notDelivered(let value), .revertFailed(let value):
            try container.encode(value, forKey: key)
        case .judged(let value): try container.encode(value, forKey: key)
        case .closed(let value): try container.encode(value, forKey: key)
        case .anomaly(let value): try container.encode(value, forKey: key)
        case .recovered(let value): try container.encode(value, forKey: key)
        case .unrecovered(let value): try container.encode(value, forKey: key)
        case .blind(let value): try container.encode(value, forKey: key)
        case .sighted(let value): try container.encode(value, forKey: key)
        case .alert(let value): try container.encode(value, forKey: key)
        case .learned(let value): try container.encode(value, forKey: key)
        case .halted(let value): try container.encode(value, forKey: key)
        case .resumed(let value): try container.encode(value, forKey: key)
        case .finding(let value): try container.encode(value, forKey: key)
        case .alertCoverage(let value): try container.encode(value, forKey: key)
        case .harmed(let value): try container.encode(value, forKey: key)
        case .deployed(let value): try container.encode(value, forKey: key)
        case .aborted(let value): try container.encode(value, forKey: key)
        case .calibrated(let value): try container.encode(value, forKey: key)
        case .accepted(let value): try container.encode(value, forKey: key)
        case .traced(let value): try container.encode(value, forKey: key)
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "an event has one member"))
        }
        func payload<Value: Decodable>() throws -> Value {
            try container.decode(Value.self, forKey: key)
        }
        switch key.stringValue {
        case "started": self = .started(try payload())
        case "stopped": self = .stopped(try payload())
        case "policies": self = .policies(try payload())
        case "held": self = .held(try payload())
        case "planned": self = .planned(try payload())
        case "injecting": self = .injecting(try payload())
        case "injected": self = .injected(try payload())
        case "injectionFailed": self = .injectionFailed(try payload())
        case "delivered": self = .delivered(try payload())
        case "notDelivered": self = .notDelivered(try payload())
        case "reverted": self = .reverted(try payload())
        case "revertFailed": self = .revertFailed(try payload())
        case "judged": self = .judged(try payload())
        case "closed": self = .closed(try payload())
        case "anomaly": self = .anomaly(try payload())
        case "recovered": self = .recovered(try payload())
        case "unrecovered": self = .unrecovered(try payload())
        case "blind": self = .blind(try payload())
        case "sighted": self = .sighted(try payload())
        case "alert": self = .alert(try payload())
        case "learned": self = .learned(try payload())
        case "halted": self = .halted(try payload())
        case "resumed": self = .resumed(try payload())
        case "finding": self = .finding(try payload())
        case "alertCoverage": self = .alertCoverage(try payload())
        case "harmed": self = .harmed(try payload())
        case "deployed": self = .deployed(try payload())
        case "aborted": self = .aborted(try payload())
        case "calibrated": self = .calibrated(try payload())
        case "accepted": self = .accepted(try payload())
        case "traced": self = .traced(try payload())
        default:
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "unknown event \"\(key.stringValue)\""))
        }
    }
}
