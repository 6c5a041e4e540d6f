// What a server remembers, day by day: increases of Istio's counters over steps of a minute or
// more.

package import Core
package import Engine
package import Platform

extension PrometheusSource {
    private static let day = Duration.seconds(86_400)

    /// The labels that say which service, on which side, and whether a response was bad.
    private static let labels = [
        "reporter", "destination_service", "destination_service_namespace", "response_code",
        "grpc_response_status", "response_flags",
    ]

    /// A day is 1,440 steps of a minute, far below the 11,000 points that a server gives at once.
    /// Histograms are twenty times as many: of them only the newest day is asked for, and a failure
    /// there is not one of the page. The server's `increase` extrapolates and misses the first
    /// value of a new series, which a baseline of days can bear.
    package func history(
        _ question: Question, page: Int
    ) async throws(Failure) -> HistoryPage? {
        let step = max(.seconds(60), interval * 4)
        let back = Self.day * page
        guard page >= 0, back < settings.history else { return nil }
        let end = question.until - back
        let start = end - min(Self.day, settings.history - back) + step
        var found: [SampleSeries] = []
        for metric in question.mostNeededFirst {
            let isNeeded = metric == question.mostNeededFirst.first
            if !isNeeded, page > 0 { continue }
            do throws(Failure) {
                found += try await increases(of: metric, question, start, end, step)
            } catch {
                if isNeeded || error.kind == .cancelled { throw error }
            }
        }
        return HistoryPage(step: step, series: found)
    }

    private func increases(
        of metric: String, _ question: Question, _ start: Timestamp, _ end: Timestamp,
        _ step: Duration
    ) async throws(Failure) -> [SampleSeries] {
        let isHistogram = metric.hasSuffix("_bucket")
        let labels = (Self.labels + (isHistogram ? ["le"] : [])).joined(separator: ",")
        var found: [SampleSeries] = []
        for selector in try PrometheusQuery.selectors(
            metric: metric, namespaces: question.namespaces, range: step)
        {
            let answer = try await ask(
                "sum by (\(labels)) (increase(\(selector)))", from: start, to: end, step: step,
                clock.uptime + .seconds(20), native: isHistogram ? "" : nil)
            // A part of the past is no baseline.
            if let warning = answer.warnings.first { throw Failure(.transient, warning) }
            var numbers: [SampleSeries] = []
            for series in answer.series {
                let own = Self.own(series.labels)
                guard question.covers(own) else { continue }
                numbers.append(
                    SampleSeries(
                        metric: metric, labels: own, reporter: "", samples: series.samples))
            }
            let native = answer.histograms.map { series in
                NativeSeries(
                    key: 0,
                    identity: SampleSeries(
                        metric: PrometheusQuery.native(metric) ?? metric,
                        labels: Self.own(series.labels), reporter: "", samples: []),
                    samples: series.samples)
            }
            let covered = native.filter { question.covers($0.identity.labels) }
            found += numbers + Self.increases(of: covered, besides: numbers)
        }
        return found
    }

    private static func own(_ labels: [String: String]) -> Labels {
        Labels(labels.map { Labels.Pair($0.key, CanonicalLabel.value($0.key, $0.value)) })
    }
}
