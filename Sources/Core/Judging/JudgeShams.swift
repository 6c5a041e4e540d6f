// Which shams say something of the judge: those in which it could have erred.

extension Judge {
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
