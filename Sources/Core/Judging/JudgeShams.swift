// Which shams say something of the judge: those beside which nothing struck, and in which it could
// have erred.

extension Judge {
    /// What makes a round say nothing: an incident outside the target's reach; in a sham, a strike
    /// in the same place, of another policy, whose harm the sham would be blamed for. The rule does
    /// not look at what the sham showed.
    func disturbance(of round: JudgedRound, until end: Timestamp) -> String? {
        if let incident = round.incident { return incident.text }
        guard round.sham else { return nil }
        // A round may begin at the very instant at which a washout ends.
        let begin = round.begunAt + .nanoseconds(1)
        let strikes = rounds.values.filter { strike in
            !strike.sham && strike.overlaps(round)
                && mayDisturb(strike, from: begin, to: end)
        }
        if let first = strikes.map(\.id).min() { return "round \(first) struck meanwhile" }
        let known = Set(rounds.keys)
        let isUndisturbed = round.namespaces.allSatisfy {
            learning.allows($0, from: begin, to: end) { known.contains($0) }
        }
        return isUndisturbed ? nil : "a strike that this instance did not watch was under way"
    }

    /// Whether what a strike did may be seen in a span of time: from its beginning to the end of
    /// the washout after it.
    func mayDisturb(_ strike: JudgedRound, from start: Timestamp, to end: Timestamp) -> Bool {
        if strike.begunAt > end { return false }
        guard let ended = strike.endedAt else { return true }
        // A round that was shown to be harmless has nothing to wash out.
        return start <= ended + (strike.isHarmless ? settings.interval : settings.washout)
    }

    /// Counts a sham that has ended with a verdict. One that says nothing only because earlier ones
    /// were blamed counts as well.
    mutating func add(sham round: JudgedRound, _ verdict: Verdict.Kind) {
        switch verdict {
        case .harm: shams.add(blamed: true)
        case .noHarm: shams.add(blamed: false)
        case .inconclusive where round.test.isShowing: shams.add(blamed: false)
        default: break
        }
    }
}

extension JudgedRound {
    /// Whether some namespace is in both.
    func overlaps(_ other: JudgedRound) -> Bool {
        namespaces.isEmpty || other.namespaces.isEmpty
            || namespaces.contains(where: other.namespaces.contains)
    }
}
