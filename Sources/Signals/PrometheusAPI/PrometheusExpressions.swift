// The policies' own PromQL: counters as raw samples, anything else at the ends of windows.

import Core
import Engine
import Platform

extension PrometheusSource {
    /// The answer to each expression of a signal. Failures are part of the answer: one signal that
    /// cannot be asked must not blind the mesh.
    func answers(
        to query: SignalQuery, _ question: Question, until complete: Timestamp, range: Duration,
        _ targets: inout PrometheusTargets, _ giveUp: Duration
    ) async throws(Failure) -> [QueryAnswer] {
        var found: [QueryAnswer] = []
        for (key, text) in query.expressions {
            var isGauge = false
            if case .gauge = query.kind { isGauge = true }
            let content: QueryAnswer.Content
            do throws(Failure) {
                if !isGauge, let selector = PromQLText(text).selector {
                    content = try await counters(
                        selector, at: question.until, range: range, &targets, giveUp)
                } else {
                    content = try await values(text, since: question.since, until: complete, giveUp)
                }
            } catch {
                if error.kind == .cancelled { throw error }
                content = .failed(error.message)
            }
            found.append(QueryAnswer(service: query.service, key: key, content: content))
        }
        return found
    }

    /// Why an answer is not the numbers that were asked for; nil when it is.
    private static func doubt(_ answer: PrometheusAnswer) -> String? {
        if let warning = answer.warnings.first { return warning }
        if answer.ignoredHistograms == 0 { return nil }
        return
            "\(answer.ignoredHistograms) series of the answer are native histograms, not numbers; "
            + "write e.g. histogram_count(…)"
    }

    private func counters(
        _ selector: String, at time: Timestamp, range: Duration,
        _ targets: inout PrometheusTargets, _ giveUp: Duration
    ) async throws(Failure) -> QueryAnswer.Content {
        let answer = try await ask(
            PrometheusQuery.samples(of: selector, range: range), at: time, giveUp)
        if let reason = Self.doubt(answer) { return .failed(reason) }
        let series = answer.series.map { targets.split($0) }
        return .counters(Self.deduplicated(series))
    }

    /// The values at the ends of the windows after `since`, and of the one before. They are
    /// evaluated at multiples of the interval since the epoch, which is where windows end.
    private func values(
        _ text: String, since: Timestamp, until: Timestamp, _ giveUp: Duration
    ) async throws(Failure) -> QueryAnswer.Content {
        let length = max(interval.nanoseconds, 1)
        let last = until.nanoseconds / length
        let first = max(since.nanoseconds / length - 1, last - 240)
        guard first <= last else { return .values([]) }
        let answer = try await ask(
            text, from: Timestamp(nanoseconds: first * length),
            to: Timestamp(nanoseconds: last * length), step: interval, giveUp)
        if let reason = Self.doubt(answer) { return .failed(reason) }
        if answer.series.count > 1 {
            return .failed(
                "the answer has \(answer.series.count) series; aggregate them, e.g. with sum(…)")
        }
        return .values(answer.series.first?.samples ?? [])
    }
}
