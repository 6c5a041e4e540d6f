// What the watch lets the judge learn from, and what it keeps of that over restarts.

import Core
import Platform

extension SignalWatch {
    /// Takes up what an earlier life learned.
    func restore() async {
        bornAt = clock.now
        guard let learned = await learned else { return }
        isSketched = true
        sketched = Set(learned.sketch.services.map(\.service.namespace))
        sketchedAt = clock.uptime
        judge.restore(learned.sketch)
    }

    /// Tells the judge which windows it may learn from: none in which a strike of an earlier life
    /// was in place or washing out, and none while another instance leads.
    func chooseWindows() async {
        let now = clock.now
        var strikes: [Int: HistoryLearner.Disturbance] = [:]
        for round in await journal.state.rounds {
            guard let found = round.disturbance(judge.settings.washout),
                found.to > now - .seconds(7200)
            else { continue }
            strikes[round.number] = found
        }
        judge.recall(strikes)
        if await leadership.token() == nil { judge.standBy() } else { judge.lead(since: now) }
    }

    /// What an earlier life learned from windows like ours.
    private var learned: Learned? {
        get async {
            let known = await journal.state.learned
            return known?.interval == source.interval.inSeconds ? known : nil
        }
    }

    /// Learns from the source's memory, once, as soon as the namespaces are known. What an earlier
    /// life journaled within a day is newer in kind: it saw every window.
    func learnFromHistory() async {
        if hasHistory || namespaces.isEmpty { return }
        hasHistory = true
        let state = await journal.state
        let asked = metrics.filter { !$0.hasPrefix("istio_tcp") }
        let question = Question(
            namespaces: namespaces, metrics: asked, since: clock.now, until: clock.now)
        var learner = HistoryLearner(
            settings: judge.settings,
            disturbances: state.rounds.compactMap { $0.disturbance(judge.settings.washout) })
        let giveUp = clock.uptime + Self.historyTime
        var pages = 0
        do throws(Failure) {
            while clock.uptime < giveUp, !interruption.isRaised,
                let page = try await source.history(question, page: pages)
            {
                pages += 1
                if !learner.add(page) { break }
            }
        } catch {
            log.warning("the source's history ends after \(pages) days: \(error.message)")
        }
        let entries = learner.entries
        if entries.isEmpty { return }
        let journaled = await learned
        let isStale = state.learnedAt.map { clock.now - $0 > .seconds(86_400) } ?? true
        judge.restore(
            journaled?.sketch.completed(by: entries, stale: isStale)
                ?? JudgeSketch(history: entries, settings: judge.settings))
        log.info("learned \(entries.count) services from \(pages) days of the source's history")
    }

    private static let historyTime = Duration.seconds(60)

    /// How often the sketch of the learned is journaled: some kilobytes for each service, more than
    /// everything else in the journal. A young life learns fast; later an hour of the half-life of
    /// a week is little to lose.
    private var sketchPeriod: Duration {
        let isYoung = bornAt.map { clock.now - $0 < .seconds(3600) } ?? true
        return isYoung && judge.statuses.count <= 200 ? .seconds(600) : .seconds(3600)
    }

    /// Journals what was learned: as soon as there is something to judge another namespace by, then
    /// now and then, and at the end. A life that is killed in the middle of an outage must not
    /// learn it as normal.
    func keepLearned(force: Bool = false) async {
        let isDue = isSketched && clock.uptime - sketchedAt >= sketchPeriod
        // A namespace without traffic is never warm, and must not cost the others what they know.
        let warm = namespaces.filter { !sketched.contains($0) && isWarm($0) }
        guard force || isDue || !warm.isEmpty else { return }
        sketchedAt = clock.uptime
        let learned = Learned(interval: source.interval.inSeconds, sketch: judge.sketch)
        if learned.sketch.services.isEmpty { return }
        do throws(Failure) {
            try await journal.record(.learned(learned))
            isSketched = true
            sketched.formUnion(warm)
        } catch {
            log.warning("what was learned was not journaled: \(error.message)")
        }
    }
}

extension RoundRecord {
    /// When its strike and the washout after it were, until further notice while it is in place;
    /// nil for rounds that injected nothing.
    fileprivate func disturbance(_ washout: Duration) -> HistoryLearner.Disturbance? {
        guard let from = injectedAt ?? injecting.map({ _ in plannedAt }) else { return nil }
        let end = closedAt ?? (holdsInjection ? nil : revertedAt)
        return HistoryLearner.Disturbance(
            namespace: namespace, from: from,
            to: end.map { $0 + washout } ?? Timestamp(nanoseconds: .max))
    }
}
