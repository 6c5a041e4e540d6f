// A finding as JSON and as sentences, for the API, the terminal and reports alike.

extension Finding {
    /// `identity kind namespace scope subject title evidence[] remedy severity status history
    /// firstSeen lastSeen seen comparable since revision? rounds[] clearRounds[] missed standing?`.
    /// Field names are stable: only ever added.
    package var json: JSON {
        func numbers(_ list: [Int]) -> JSON { .array(list.map { .integer(Int64($0)) }) }
        var json: JSON = [
            "identity": .string(identity),
            "kind": .string(kind.rawValue),
            "namespace": .string(namespace),
            "scope": .string(subject.scope.rawValue),
            "subject": .string(subject.name),
            "title": .string(title),
            "evidence": .array(evidence.map { .string($0) }),
            "remedy": .string(remedy),
            "severity": .string(severity.rawValue),
            "status": .string(status.rawValue),
            "history": .string(history),
            "firstSeen": .string(firstSeen.rfc3339),
            "lastSeen": .string(lastSeen.rfc3339),
            "seen": .integer(Int64(seen)),
            "comparable": .integer(Int64(comparable)),
            "since": .string(since.rfc3339),
        ]
        json["revision"] = revision.map { .string($0) }
        json["rounds"] = numbers(rounds)
        json["clearRounds"] = numbers(clearRounds)
        json["missed"] = .integer(Int64(missed))
        json["standing"] = standing.map { .bool($0) }
        return json
    }

    /// What to show, in order: the evidence, how often it was seen, and the remedy.
    package var sentences: [String] {
        evidence + ["\(history.prefix(1).uppercased())\(history.dropFirst())."] + [remedy]
    }
}

extension AlertFigures {
    /// `namespace harmfulRounds detected medianDelaySeconds? shams falseAlarms text`.
    package var json: JSON {
        var json: JSON = [
            "namespace": .string(namespace),
            "harmfulRounds": .integer(Int64(harmful)),
            "detected": .integer(Int64(detected)),
        ]
        json["medianDelaySeconds"] = medianDelay.map { .number($0) }
        json["shams"] = .integer(Int64(shams))
        json["falseAlarms"] = .integer(Int64(falseAlarms))
        json["text"] = .string(silenceText)
        return json
    }
}

extension State {
    /// The figures of every namespace whose alerts were read, by name.
    package var alertFigures: [AlertFigures] {
        Set(alertCoverage.map(\.namespace)).sorted().map {
            AlertFigures(alertCoverage, namespace: $0)
        }
    }

    /// Findings that a round showed, by identity.
    package func findings(of round: Int) -> [Finding] {
        sortedFindings.filter { $0.rounds.contains(round) }
    }
}
