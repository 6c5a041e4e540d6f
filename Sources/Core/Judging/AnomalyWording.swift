// Plain words on what is anomalous, with the numbers, for every signal: one place, so that alerts,
// findings, verdicts and the terminal say the same.

/// What is counted of one signal of one service, in words.
struct SignalWords: Sendable, Hashable {
    /// The bad ones, e.g. "slow responses".
    var bad: String
    /// What they are a share of, e.g. "good responses".
    var all: String
    /// The same as the price of an anomaly, e.g. "failed requests".
    var cost: String

    init(_ service: ServiceRef, _ signal: Signal, _ direction: Anomaly.Direction? = nil) {
        switch signal {
        case _ where service.isGauge: (bad, all) = ("unusual values", "windows")
        case _ where service.isQuery: (bad, all) = ("bad events", "events")
        case .badRatio: (bad, all) = ("bad responses", "requests")
        case .latency: (bad, all) = ("slow responses", "good responses")
        case .connections: (bad, all) = ("failed connections", "connections")
        case .traffic:
            (bad, all) = (direction == .surge ? "extra requests" : "missing requests", "requests")
        }
        cost = signal == .badRatio && !service.isQuery ? "failed requests" : bad
    }
}

extension Anomaly {
    private var words: SignalWords { SignalWords(evidence.service, evidence.signal, direction) }

    /// E.g. "traffic of shop/web surged to 310 % of what is usual at this time (3,150 extra
    /// requests)".
    package var text: String { "\(change) (\(counts))" }

    /// What changed, e.g. "bad responses of shop/web went from 0.1 % to 12 %".
    package var change: String {
        let now = percent(evidence.now)
        if evidence.signal == .traffic {
            let verb = direction == .surge ? "surged" : "fell"
            return "traffic of \(evidence.service) \(verb) to \(now) of what is usual at this time"
        }
        return "\(words.bad) of \(evidence.service) went from \(percent(evidence.before)) to \(now)"
    }

    /// The counts behind it since the onset, e.g. "17 of 20 requests".
    package var counts: String {
        let bad = Wording.count(evidence.bad)
        return evidence.signal == .traffic
            ? "\(bad) \(words.bad)" : "\(bad) of \(Wording.count(evidence.requests)) \(words.all)"
    }

    /// What it is, without numbers.
    package var headline: String {
        let name = evidence.service.name
        if evidence.service.isGauge { return "The values of \(name) are not what they used to be" }
        if evidence.service.isQuery { return "\(name) has more bad events than it used to" }
        return switch evidence.signal {
        case .badRatio: "Requests to \(name) fail more often than they used to"
        case .latency: "\(name) answers more slowly than it used to"
        case .connections: "Connections to \(name) fail more often than they used to"
        case .traffic:
            "\(name) gets \(direction == .surge ? "more" : "fewer") requests than it used to"
        }
    }

    /// What users feel of it since the onset, e.g. "85 % of the requests to web failed".
    package var state: String {
        let name = evidence.service.name
        let now = percent(evidence.now)
        if evidence.service.isGauge { return "\(now) of the values of \(name) were unusual" }
        if evidence.service.isQuery { return "\(now) of the events of \(name) were bad" }
        return switch evidence.signal {
        case .badRatio: "\(now) of the requests to \(name) failed"
        case .latency: "\(now) of the good responses of \(name) were slow"
        case .connections: "\(now) of the connections to \(name) failed"
        case .traffic: "\(name) got \(now) of the requests that are usual at this time"
        }
    }

    /// The kind of trouble in two words, e.g. "failing traffic".
    package var trouble: String {
        if evidence.service.isQuery { return words.bad }
        return switch evidence.signal {
        case .badRatio: "failing traffic"
        case .latency, .traffic: words.bad
        case .connections: "failing connections"
        }
    }

    /// Whether it can fail to recover: more traffic than usual breaks nothing by itself, and what
    /// it breaks is an anomaly of its own.
    package var mustRecover: Bool { direction != .surge }
}

extension Recovery {
    /// What the anomaly cost, e.g. "1,204 failed requests"; `direction` is that of its traffic.
    package func cost(_ direction: Anomaly.Direction?) -> String {
        "\(Wording.count(excess)) \(SignalWords(service, signal, direction).cost)"
    }
}
