// The series cache: numbers stay, labels are parsed once, order may change, and it stays bounded.

import Core
import Testing

@testable import Signals

struct SeriesCacheTests {
    /// One scrape: series number and value per sample.
    private func scrape(
        _ cache: inout SeriesCache, _ text: String, metrics: [String] = []
    ) -> (found: [[Double]], evicted: [Int], report: ExpositionReport) {
        let bytes = Array(text.utf8)
        var parser = ExpositionParser(metrics: metrics)
        var found: [[Double]] = []
        cache.begin()
        while let entry = cache.next(in: bytes.span, with: &parser) {
            found.append([Double(entry.series), entry.value, entry.repeated ? 1 : 0])
        }
        return (found, cache.end(), parser.report)
    }

    @Test func numbersStayWhateverTheOrder() {
        var cache = SeriesCache()
        #expect(
            scrape(&cache, "a{x=\"1\"} 1\nb 2\na{x=\"2\"} 3\n").found == [
                [0, 1, 0], [1, 2, 0], [2, 3, 0],
            ])
        #expect(
            scrape(&cache, "a{x=\"1\"} 4\nb 5\na{x=\"2\"} 6\n").found == [
                [0, 4, 0], [1, 5, 0], [2, 6, 0],
            ])
        #expect(
            scrape(&cache, "b 7\na{x=\"2\"} 8\nc 9\na{x=\"1\"} 10\n").found
                == [[1, 7, 0], [2, 8, 0], [3, 9, 0], [0, 10, 0]])
        #expect(cache[2] == .init(metric: "a", labels: Labels(["x": "2"])))
    }

    /// A line that only begins like a known series is another series.
    @Test func aPrefixIsNotAMatch() {
        var cache = SeriesCache()
        #expect(scrape(&cache, "a 1\n").found == [[0, 1, 0]])
        #expect(scrape(&cache, "ab 2\n").found == [[1, 2, 0]])
        #expect(scrape(&cache, "a{x=\"1\"} 3\n").found == [[2, 3, 0]])
        #expect(scrape(&cache, "a 4\n").found == [[0, 4, 0]])
        #expect(scrape(&cache, "a\n").report.malformed == 1)
    }

    @Test func tellsRepeatedSeries() {
        var cache = SeriesCache()
        #expect(scrape(&cache, "a 1\na 2\nb 3\n").found == [[0, 1, 0], [0, 2, 1], [1, 3, 0]])
        #expect(scrape(&cache, "a 1\na 2\nb 3\n").found == [[0, 1, 0], [0, 2, 1], [1, 3, 0]])
    }

    @Test func forgetsSeriesThatStayAway() {
        var cache = SeriesCache(capacity: 3, retention: 2)
        #expect(scrape(&cache, "a 1\nb 1\nc 1\n").evicted.isEmpty)
        #expect(scrape(&cache, "a 2\n").evicted.isEmpty)
        #expect(scrape(&cache, "a 3\n").evicted == [1, 2])
        #expect(cache.count == 1)
        #expect(scrape(&cache, "a 4\nd 5\ne 6\n").found.map { $0[1] } == [4, 5, 6])
        #expect(cache.bound == 3)
    }

    @Test func refusesMoreSeriesThanItHolds() {
        var cache = SeriesCache(capacity: 2)
        let result = scrape(&cache, "a 1\nb 2\nc 3\nd 4\n")
        #expect(result.found == [[0, 1, 0], [1, 2, 0]])
        #expect(result.report.exceeded == .series(limit: 2, line: 3))
    }

    @Test func refusesRepeatedLabelsAndBadText() {
        var cache = SeriesCache()
        let result = scrape(&cache, "a{x=\"1\",x=\"2\"} 1\nb 2\n")
        #expect(result.found == [[0, 2, 0]])
        #expect(result.report.problems == [.init(line: 1, error: .repeatedLabel)])
        #expect(result.report.samples == 1)
    }

    /// Over seeds: random scrapes with churn give each series its own labels and its own value.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func numbersAreNeverMixedUp(seed: UInt64) {
        var random = RandomStream(seed: seed)
        var cache = SeriesCache(capacity: 60, retention: 1 + Int(seed % 3))
        for scrapeNumber in 0..<30 {
            var text = ""
            var expected: [String: Double] = [:]
            for series in 0..<40 where random.below(3) > 0 {
                let name = random.below(20) == 0 ? series + scrapeNumber * 100 : series
                guard expected["\(name)"] == nil, expected.count < 15 else { continue }
                expected["\(name)"] = random.unit()
                text += "m{id=\"\(name)\"} \(expected["\(name)"] ?? 0)\n"
                if random.below(4) == 0 { text += "other{id=\"\(name)\"} 5\n" }
            }
            let bytes = Array(text.utf8)
            var parser = ExpositionParser(metrics: ["m"])
            var found: [String: Double] = [:]
            cache.begin()
            while let entry = cache.next(in: bytes.span, with: &parser) {
                found[cache[entry.series].labels["id"]] = entry.value
            }
            _ = cache.end()
            #expect(found == expected)
        }
    }

    @Test func readsTheSyntheticExposition() {
        var exposition = SyntheticExposition(bytes: 100_000, seed: 1)
        var again = SyntheticExposition(bytes: 100_000, seed: 1)
        let first = exposition.next()
        #expect(first == again.next())
        #expect(first.count >= 100_000)
        var cache = SeriesCache()
        for body in [first, exposition.next()] {
            var parser = ExpositionParser()
            cache.begin()
            var samples = 0
            while cache.next(in: body.span, with: &parser) != nil { samples += 1 }
            _ = cache.end()
            #expect(samples == exposition.series)
            #expect(parser.report.malformed == 0)
        }
        #expect(cache.count == exposition.series)
        #expect(cache[0].labels["destination_service"].hasSuffix(".svc.cluster.local"))
    }

    /// Texts of series that are refused are not kept: nothing would ever forget them.
    @Test func refusedSeriesLeaveNothingBehind() {
        var cache = SeriesCache()
        for number in 0..<100 {
            let text = "a{x=\"v\(number)\",y=\"w\(number)\",x=\"again\"} 1\n"
            #expect(scrape(&cache, text).report.malformed == 1)
        }
        #expect(cache.count == 0 && cache.textCount == 0)
        #expect(scrape(&cache, "a{x=\"1\"} 1\n").found.count == 1)
        #expect(cache.textCount == 3)
    }
}
