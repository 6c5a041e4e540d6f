// Native histograms in answers of a server: decoding, which form of a histogram counts, and what
// happens to those that are damaged or not asked for.

import Core
import Engine
import Platform
import Signals
import Testing

struct NativeHistogramTests {
    private let clock = ManualClock()
    private static let latency = "istio_request_duration_milliseconds"
    private static let labels =
        #""reporter":"source","response_code":"200","destination_service":"s.go-app.svc""#

    /// What a server answers by metric; readings are those of `metrics`.
    private final class Server: Sendable {
        let answers = Lock<[String: String]>([:])

        func network() -> StubNetwork {
            StubNetwork { [answers] request in
                let body = String(decoding: request.body, as: UTF8.self)
                let key =
                    body.contains("%21~")
                    ? "" : ["up%7C", "milliseconds", "requests"].first { body.contains($0) } ?? ""
                let result = answers.withLock { $0[key] ?? "" }
                return Response(
                    status: 200, contentType: "application/json",
                    text: """
                        {"status":"success","data":{"resultType":"matrix","result":[\(result)]}}
                        """)
            }
        }
    }

    private func source(_ server: Server) -> PrometheusSource {
        server.answers.withLock {
            $0["up%7C"] =
                #"{"metric":{"__name__":"up","instance":"i"},"values":[[1699999999,"1"]]}"#
        }
        return PrometheusSource(
            .init(url: "http://prom:9090", interval: .seconds(15)), clock: clock,
            network: server.network(), seed: 3)
    }

    private func read(_ source: PrometheusSource) async throws -> Reading {
        try await source.read(
            Question(
                namespaces: ["go-app"],
                metrics: ["istio_requests_total", Self.latency + "_bucket"],
                since: clock.now - .seconds(15), until: clock.now))
    }

    private func native(_ histograms: String, name: String = latency) -> String {
        """
        {"metric":{"__name__":"\(name)","instance":"i",\(Self.labels)},"histograms":[\(histograms)]}
        """
    }

    private func classic(_ bound: String, _ values: String) -> String {
        """
        {"metric":{"__name__":"\(Self.latency)_bucket","instance":"i","le":"\(bound)",\
        \(Self.labels)},"values":[\(values)]}
        """
    }

    /// Values by bound of the newest sample.
    private func counts(_ reading: Reading) -> [String: Double] {
        Dictionary(
            reading.series.compactMap { series in
                series.samples.last.map { (series.labels["le"], $0.value) }
            }
        ) { $1 }
    }

    @Test func readsHistogramsAsBucketsAtIstiosBounds() async throws {
        let server = Server()
        let source = source(server)
        // Every rule; numbers as strings and as numbers; a custom one would be told by 100 to 250.
        let buckets =
            #"[1,"-16","-4","1"],[3,"-0.5","0.5","2"],[0,"4","16","10"],[0,"256","1024","8"]"#
        server.answers.withLock {
            $0["milliseconds"] = native(
                #"[1.5,{"count":"21","sum":"0","buckets":[\#(buckets)]}],"#
                    + #"[16.5,{"count":22,"sum":3.5,"buckets":[\#(buckets),[0,1024,4096,1]]}]"#)
        }
        let reading = try await read(source)
        #expect(reading.warnings == [] && reading.unread == [:])
        #expect(reading.series.count == 20)
        #expect(reading.series.allSatisfy { $0.metric == Self.latency + "_bucket" })
        #expect(reading.series.allSatisfy { $0.reporter == "i" && $0.samples.count == 2 })
        #expect(reading.series.allSatisfy { $0.labels["response_code"] == "200" })
        #expect(reading.series[0].samples[1].time == Timestamp(seconds: 16.5))
        let found = counts(reading)
        #expect(Set(found.keys).isSuperset(of: ["0.5", "1.0", "3600000.0", "+Inf"]))
        #expect(found["0.5"] == 3 && found["1.0"] == 3 && found["25.0"] == 13)
        #expect(found["1000.0"].map { $0 > 20 && $0 < 21 } == true)
        #expect(found["5000.0"] == 22 && found["+Inf"] == 22)
        // The judge takes them for what they are.
        let series = try #require(reading.series.first { $0.labels["le"] == "+Inf" })
        #expect(RequestSeries(series, benign: [])?.kind == .duration(.infinity))
        #expect(reading.reporters.map(\.name) == ["i"])
    }

    @Test func asksForBothNamesAtOnce() async throws {
        let server = Server()
        let network = server.network()
        let source = PrometheusSource(
            .init(url: "http://prom:9090", interval: .seconds(15)), clock: clock, network: network,
            seed: 3)
        _ = try await read(source)
        let names = "%7B__name__%3D~%22\(Self.latency)%7C\(Self.latency)_bucket%22%2C"
        let asked = network.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(asked.filter { $0.contains(names + "destination_service%3D~") }.count == 1)
        #expect(asked.filter { $0.contains(names + "destination_service%21~") }.count == 1)
    }

    @Test func customBucketsAreSplitLinearly() async throws {
        let server = Server()
        let source = source(server)
        server.answers.withLock {
            $0["milliseconds"] = native(
                #"[1.5,{"count":"12","sum":"1","buckets":[[3,"-Inf","50","4"],"#
                    + #"[0,"100","400","6"],[0,"400","+Inf","2"]]}]"#)
        }
        let found = counts(try await read(source))
        #expect(found["25.0"] == 2 && found["100.0"] == 4 && found["250.0"] == 7)
        #expect(found["500.0"] == 10 && found["+Inf"] == 12)
    }

    @Test func classicBucketsWinWhereThereAreBoth() async throws {
        let server = Server()
        let source = source(server)
        let both = [
            native(#"[1.5,{"count":"9","sum":"1","buckets":[[0,"4","16","9"]]}]"#),
            classic("10", #"[1.5,"4"]"#), classic("+Inf", #"[1.5,"9"]"#),
        ].joined(separator: ",")
        server.answers.withLock { $0["milliseconds"] = both }
        #expect(counts(try await read(source)) == ["10.0": 4, "+Inf": 9])
        #expect(try await read(source).unread == [:])
    }

    /// A server that is told to scrape otherwise: the two forms differ a little at the same bounds,
    /// which must not look like a restart.
    @Test func aChangeOfTheFormIsBlindOnce() async throws {
        let server = Server()
        let source = source(server)
        let old = native(#"[1.5,{"count":"9","sum":"1","buckets":[[0,"4","16","9"]]}]"#)
        let both = [
            native(#"[16.5,{"count":"12","sum":"1","buckets":[[0,"4","16","12"]]}]"#),
            classic("10", #"[16.5,"5"]"#), classic("+Inf", #"[16.5,"12"]"#),
        ].joined(separator: ",")
        let bare = [classic("10", #"[31.5,"6"]"#), classic("+Inf", #"[31.5,"13"]"#)]
            .joined(separator: ",")
        server.answers.withLock { $0["milliseconds"] = old }
        #expect(counts(try await read(source)).count == 20)
        // What was begun natively goes on.
        server.answers.withLock { $0["milliseconds"] = both }
        let second = try await read(source)
        #expect(second.unread == [:] && second.series.count == 20)
        #expect(counts(second)["+Inf"] == 12)
        server.answers.withLock { $0["milliseconds"] = bare }
        let third = try await read(source)
        #expect(third.unread[Self.latency + "_bucket"]?.contains("changed between") == true)
        #expect(counts(third) == ["10.0": 6, "+Inf": 13])
        #expect(try await read(source).unread == [:])
        // And back, with a time in which both are there.
        server.answers.withLock { $0["milliseconds"] = both }
        #expect(try await read(source).series.count == 2)
        server.answers.withLock { $0["milliseconds"] = old }
        #expect(try await read(source).unread.count == 1)
        #expect(try await read(source).unread == [:])
    }

    @Test func samplesReadTwiceAreTheSame() async throws {
        let server = Server()
        let source = source(server)
        // The second sample's buckets are wider; without memory the first bound would fall.
        let fine = #"[1.5,{"count":"90","sum":"1","buckets":[[0,"4","8","90"]]}]"#
        let wide = #"[16.5,{"count":"91","sum":"1","buckets":[[0,"4","16","91"]]}]"#
        server.answers.withLock { $0["milliseconds"] = native(fine) }
        let first = try await read(source)
        server.answers.withLock { $0["milliseconds"] = native(fine + "," + wide) }
        let second = try await read(source)
        server.answers.withLock { $0["milliseconds"] = native(wide) }
        let third = try await read(source)
        for (at, series) in second.series.enumerated() {
            #expect(series.samples.first == first.series[at].samples.first)
            #expect(series.samples.last == third.series[at].samples.last)
            #expect(series.samples[0].value <= series.samples[1].value)
        }
        #expect(counts(third)["10.0"].map { $0 > 90 && $0 < 91 } == true)
    }

    @Test func damagedHistogramsBlindLatencyOnly() async throws {
        let server = Server()
        let source = source(server)
        let many = Array(repeating: #"[0,"1","2","0"]"#, count: 5000).joined(separator: ",")
        for (text, said) in [
            (#"[1,{"sum":"1"}]"#, "no time or no count"), (#"[1]"#, "no time or no count"),
            (#"["x",{"count":"1"}]"#, "no time or no count"), (#"7"#, "no time or no count"),
            (#"[1,{"count":"1","buckets":[[0,"1","2"]]}]"#, "[rule, lower, upper, count]"),
            (#"[1,{"count":"1","buckets":[[4,"1","2","1"]]}]"#, "[rule, lower, upper, count]"),
            (#"[1,{"count":"1","buckets":[[0.5,"1","2","1"]]}]"#, "[rule, lower, upper, count]"),
            (#"[1,{"count":"1","buckets":[[0,"a","2","1"]]}]"#, "[rule, lower, upper, count]"),
            (#"[1,{"count":"1","buckets":[[0,"3","2","1"]]}]"#, "reaches from 3.0 to 2.0"),
            (#"[1,{"count":"-1","buckets":[]}]"#, "its count is -1.0"),
            (#"[1,{"count":"1","buckets":[[0,"1","2","5"]]}]"#, "hold 5.0 of 1.0"),
            (#"[1,{"count":"1","buckets":[\#(many)]}]"#, "at most 4000 are read"),
        ] {
            server.answers.withLock { $0["milliseconds"] = native(text) }
            let reading = try await read(source)
            #expect(reading.warnings == [])
            let reason = reading.unread[Self.latency + "_bucket"] ?? ""
            #expect(reason.contains("1 native histograms could not be read"), "\(text)")
            #expect(reason.contains(said), "\(reason)")
        }
    }

    @Test func histogramsOfOtherMetricsBlindNothing() async throws {
        let server = Server()
        let source = source(server)
        let good = #"[1.5,{"count":"9","sum":"1","buckets":[[0,"4","16","9"]]}]"#
        server.answers.withLock {
            $0["requests"] = native("[1,{}]", name: "istio_requests_total")
            $0["milliseconds"] =
                native(good) + "," + native("[2,{}]", name: Self.latency + "_bucket")
        }
        let reading = try await read(source)
        #expect(reading.warnings == [] && reading.unread == [:])
        #expect(reading.series.count == 20)
    }

    /// A policy's PromQL that is a histogram is no number: that signal fails, with a way out.
    @Test func aSignalThatIsAHistogramSaysSo() async throws {
        let server = Server()
        let source = source(server)
        server.answers.withLock { $0[""] = native("[1,{}]", name: "mine") }
        let reading = try await source.read(
            Question(
                namespaces: ["go-app"], metrics: ["istio_requests_total"],
                since: clock.now - .seconds(15), until: clock.now,
                queries: [
                    SignalQuery(
                        namespace: "go-app", name: "r", kind: .ratio(bad: "mine", total: "mine + 0")
                    )
                ]))
        #expect(reading.answers.count == 2)
        for answer in reading.answers {
            guard case .failed(let reason) = answer.content else {
                Issue.record("\(answer)")
                continue
            }
            #expect(reason.contains("native histograms, not numbers; write e.g. histogram_count"))
        }
    }

    @Test func historyHasThemToo() async throws {
        let server = Server()
        let source = source(server)
        server.answers.withLock {
            $0["milliseconds"] =
                "{\"metric\":{\(Self.labels)},\"histograms\":[[60,{\"count\":\"2.5\","
                + "\"sum\":\"1\",\"buckets\":[[0,\"4\",\"16\",\"2.5\"]]}]]}"
        }
        let page = try #require(
            try await source.history(
                Question(
                    namespaces: ["go-app"], metrics: [Self.latency + "_bucket"],
                    since: clock.now, until: clock.now), page: 0))
        #expect(page.series.count == 20)
        let bounds = page.series.filter {
            $0.samples == [Sample(time: Timestamp(seconds: 60), value: 2.5)]
        }
        #expect(bounds.count == 16)
        #expect(page.series.allSatisfy { $0.metric == Self.latency + "_bucket" })
    }
}
