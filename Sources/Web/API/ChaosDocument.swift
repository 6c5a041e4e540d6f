// The answer to "was it chaos" as the JSON API shows it, and the question as its address asks it.
// Field names are stable: only ever added.

package import Core
import Platform

/// `answer text begin anomaly? pValue? coin? from to services[] reachSeconds precisionSeconds
/// method compared strikes[] notes[]`; `answer` is `not-chaos`, `related`, `undecided` or
/// `unknown`.
package func chaosDocument(_ answer: ChaosAnswer, _ question: ChaosQuestion) -> JSON {
    var json: JSON = [
        "answer": .string(answer.kind.rawValue), "text": .string(answer.text),
        "begin": .string(answer.begin.rfc3339),
    ]
    json["anomaly"] = answer.anomaly.map { .integer(Int64($0)) }
    json["pValue"] = answer.pValue.map { .number($0) }
    json["coin"] = answer.coin.map { .number($0) }
    json["from"] = .string(question.from.rfc3339)
    json["to"] = .string(question.to.rfc3339)
    json["services"] = .array(question.services.map { .string($0.description) })
    json["reachSeconds"] = .number(question.reach.inSeconds)
    json["precisionSeconds"] = .number(question.precision.inSeconds)
    json["method"] = .string(answer.method)
    json["compared"] = [
        "strikes": .integer(Int64(answer.comparedStrikes)),
        "shams": .integer(Int64(answer.comparedShams)),
        "seconds": .number(answer.comparedSeconds),
    ]
    json["strikes"] = .array(answer.strikes.map(strikeDocument))
    json["notes"] = .array(answer.notes.map { .string($0) })
    return json
}

/// A round's summary, and `at secondsBefore harmed[]`.
private func strikeDocument(_ strike: ChaosAnswer.Strike) -> JSON {
    var json = RoundDocument(strike.round).summary
    json["at"] = .string(strike.at.rfc3339)
    json["secondsBefore"] = .number(strike.secondsBefore)
    json["harmed"] = .array(strike.harmed.map { .string($0.description) })
    return json
}

extension ChaosQuestion {
    /// Reads the question as people write it. `services` are `NAMESPACE/NAME`, or a name that
    /// `known` holds once. `prefix` goes before the names of options in errors, e.g. `--`.
    package init(
        from: String, to: String?, services: [String], reach: String?, precision: String?,
        prefix: String = "", known: Set<ServiceRef>, now: Timestamp
    ) throws(ConfigError) {
        self.init(
            from: try InstantText.read(from, name: prefix + "from", now: now),
            to: try InstantText.read(to ?? "now", name: prefix + "to", now: now))
        if self.from > now {
            throw ConfigError(
                path: prefix + "from", message: "\(self.from.rfc3339) is in the future",
                fix: "it is \(now.rfc3339Seconds) now")
        }
        if self.to < self.from {
            throw ConfigError(
                path: prefix + "to",
                message: "\(self.to.rfc3339) is before the beginning \(self.from.rfc3339)",
                fix: "swap them, or leave it out for now")
        }
        if self.to > now { self.to = now }
        for service in services {
            self.services.append(try Self.service(service, prefix + "service", known))
        }
        if let reach { self.reach = try Self.length(reach, prefix + "reach") }
        if let precision { self.precision = try Self.length(precision, prefix + "precision") }
    }

    private static func length(_ text: String, _ name: String) throws(ConfigError) -> Duration {
        if let length = Duration(human: text), length <= .seconds(7 * 86_400) { return length }
        throw ConfigError(
            path: name, message: "\"\(text)\" is not a time up to 7d", fix: "write e.g. 15m")
    }

    private static func service(
        _ text: String, _ name: String, _ known: Set<ServiceRef>
    ) throws(ConfigError) -> ServiceRef {
        let fitting = known.filter { $0.description == text || $0.name == text }.sorted()
        if fitting.count == 1 { return fitting[0] }
        let names = (fitting.isEmpty ? known.sorted() : fitting).map(\.description)
        throw ConfigError(
            path: name,
            message: fitting.isEmpty
                ? "the journal knows no service \"\(text)\""
                : "several services are called \"\(text)\"",
            fix: names.isEmpty
                ? "leave it out" : "write one of " + names.prefix(20).joined(separator: ", "))
    }
}

extension State {
    /// Services that were learned, anomalous or harmed.
    package var knownServices: Set<ServiceRef> {
        Set(
            (learned?.sketch.services ?? []).map(\.service)
                + (anomalies + pastAnomalies).map(\.service)
                + rounds.flatMap { ($0.verdict?.harmed ?? []).map(\.service) })
    }
}
