// How fast expositions are read, in process CPU time: figures for people, never for a test to
// judge.

import Core
import Glibc

/// One figure of a benchmark.
package struct ParseFigure: Sendable, Hashable {
    package var name: String
    package var value: Double
    /// `MB/s`: a million bytes per second of CPU.
    package var unit: String
}

/// Reads a 10 MB exposition of istio_requests_total in three ways, best of `rounds` each.
package func parseBench(rounds: Int = 10) -> [ParseFigure] {
    var exposition = SyntheticExposition(bytes: 10_000_000, seed: 7)
    let body = exposition.next()
    let later = exposition.next()
    let megabytes = Double(body.count) / 1e6
    func best(_ work: () -> Void) -> Double {
        var least = Double.infinity
        for _ in 0..<rounds {
            let start = clock()
            work()
            least = min(least, Double(clock() - start) / Double(CLOCKS_PER_SEC))
        }
        return megabytes / least
    }
    var checked = 0.0
    let labelled = best {
        var parser = ExpositionParser()
        while let sample = parser.next(in: body.span) {
            checked += sample.value + Double(parser.labels.count)
        }
    }
    let skipping = best {
        var parser = ExpositionParser(metrics: ["envoy_other"])
        while let sample = parser.next(in: body.span) { checked += sample.value }
    }
    var cache = SeriesCache()
    func scrape(_ body: [UInt8]) {
        var parser = ExpositionParser()
        cache.begin()
        while let entry = cache.next(in: body.span, with: &parser) { checked += entry.value }
        _ = cache.end()
    }
    let start = clock()
    scrape(body)
    let cold = megabytes / (Double(clock() - start) / Double(CLOCKS_PER_SEC))
    let steady = best { scrape(later) }
    precondition(checked.isFinite && cache.count == exposition.series)
    return [
        ParseFigure(name: "exposition, labels included", value: labelled, unit: "MB/s"),
        ParseFigure(name: "exposition, known series", value: steady, unit: "MB/s"),
        ParseFigure(name: "exposition, first scrape", value: cold, unit: "MB/s"),
        ParseFigure(name: "exposition, other metrics", value: skipping, unit: "MB/s"),
    ]
}
