// Following failures to their source on small graphs.

import Core
import FoundationEssentials
import Testing

@Suite struct RootCauseTests {
    static func ref(_ name: String) -> ServiceRef { ServiceRef(namespace: "n", name: name) }

    static func window(
        _ index: Int64, _ edges: [(String, String, Double, Double, [String: Double])]
    ) -> [RequestWindow] {
        edges.map { source, destination, total, bad, flags in
            var window = RequestWindow(service: ref(destination), index: index)
            var counts = RequestWindow.EdgeCounts(
                edge: ServiceEdge(
                    sourceNamespace: "n", source: source, destination: ref(destination)))
            counts.total = total
            counts.bad = bad
            for flag in flags.keys.sorted() { counts.add(flag, flags[flag] ?? 0) }
            window.edges = [counts]
            window.total = total
            window.bad = bad
            return window
        }
    }

    static func cause(_ windows: [[RequestWindow]], onset: Int64 = 10) -> RootCause {
        let upper = ["a", "b", "c", "d"].map { (ref($0), 0.001) }
        return RootCause(
            windows: windows.flatMap { $0 }, onset: onset, workloads: [:],
            upper: Dictionary(uniqueKeysWithValues: upper))
    }

    @Test func theDeepestFailingCalleeIsTheCause() {
        let cause = Self.cause([
            Self.window(
                10,
                [
                    ("client", "a", 100, 100, [:]), ("a", "b", 100, 100, [:]),
                    ("b", "c", 100, 100, ["UH": 70, "UF": 30]), ("b", "d", 100, 0, [:]),
                ])
        ])
        let finding = cause.locate(from: Self.ref("a"))
        #expect(finding?.edge.description == "b -> c")
        #expect(finding?.flags == ["UH", "UF"])
        #expect(finding?.path.map(\.name) == ["a", "b", "c"])
    }

    @Test func aCalleeThatExplainsLittleIsNotTheCause() {
        let cause = Self.cause([
            Self.window(10, [("client", "a", 1000, 800, [:]), ("a", "b", 1000, 30, [:])])
        ])
        #expect(cause.locate(from: Self.ref("a"))?.edge.description == "client -> a")
    }

    @Test func aCalleeThatFellSilentIsTheCause() {
        let cause = Self.cause([
            Self.window(9, [("client", "a", 100, 0, [:]), ("a", "b", 100, 0, [:])]),
            Self.window(10, [("client", "a", 100, 90, [:]), ("a", "b", 10, 0, [:])]),
            Self.window(11, [("client", "a", 100, 100, [:]), ("a", "b", 0, 0, [:])]),
        ])
        #expect(cause.locate(from: Self.ref("a"))?.edge.description == "a -> b")
    }

    @Test func cyclesEnd() {
        let cause = Self.cause([
            Self.window(10, [("a", "b", 100, 100, [:]), ("b", "a", 100, 100, [:])])
        ])
        #expect(cause.locate(from: Self.ref("a"))?.edge.description == "a -> b")
    }

    @Test func noFailuresNoCause() {
        let cause = Self.cause([Self.window(10, [("client", "a", 100, 0, [:])])])
        #expect(cause.locate(from: Self.ref("a")) == nil)
    }

    // MARK: Ranking

    @Test func failuresDivideOverTheirCauses() throws {
        let cause = Self.cause([
            Self.window(
                10,
                [
                    ("client", "a", 1000, 500, [:]), ("a", "b", 800, 300, [:]),
                    ("a", "c", 800, 50, [:]),
                ])
        ])
        let found = try #require(cause.locate(from: Self.ref("a"))).candidates
        #expect(found.map(\.service.name) == ["b", "a", "c"])
        #expect(abs(found.reduce(0) { $0 + $1.score } - 1) < 1e-9)
        // 299.2 of 499 failures beyond the baseline of 0.1 %.
        #expect(abs(found[0].score - 299.2 / 499) < 1e-9)
        #expect(found.allSatisfy { $0.kind == .application })
    }

    @Test func whatNeverReachedAServiceIsItsOwn() throws {
        // b is gone; that it calls c no more says nothing of c.
        let cause = Self.cause([
            Self.window(9, [("a", "b", 100, 0, [:]), ("b", "c", 100, 0, [:])]),
            Self.window(10, [("a", "b", 100, 100, ["UH": 100]), ("b", "c", 0, 0, [:])]),
            Self.window(11, [("a", "b", 100, 100, ["UH": 100]), ("b", "c", 0, 0, [:])]),
        ])
        let finding = try #require(cause.locate(from: Self.ref("b")))
        #expect(finding.candidates.map(\.service.name) == ["b"])
        #expect(finding.candidates[0].kind == .gone)
        #expect(finding.flags == ["UH"])
    }

    @Test func flagsTellACircleApart() throws {
        // a and b call each other; only requests to b find no endpoint.
        let cause = Self.cause([
            Self.window(
                10,
                [
                    ("client", "a", 100, 60, [:]), ("a", "b", 100, 60, ["UF": 55]),
                    ("b", "a", 40, 20, [:]),
                ])
        ])
        let found = try #require(cause.locate(from: Self.ref("a"))).candidates
        #expect(found.first?.service.name == "b")
        #expect(found.first?.kind == .gone)
        #expect(abs(found.reduce(0) { $0 + $1.score } - 1) < 1e-6)
    }

    @Test func timeoutsAreTheNetworkUnlessTheServiceIsSlow() throws {
        func found(_ slow: Bool) throws -> RootCause.Kind {
            var windows = (0..<12).map { index in
                Self.window(
                    Int64(index),
                    [("a", "b", 100, index < 10 ? 0 : 50, index < 10 ? [:] : ["UT": 50])])
            }
            for index in windows.indices {
                let isSlow = slow && index >= 10
                windows[index][0].latency = [10, 50, 100, .infinity].enumerated().map {
                    .init(bound: $1, count: isSlow && $0 < 3 ? 0 : 50)
                }
            }
            let finding = Self.cause(windows).locate(from: Self.ref("b"))
            return try #require(finding?.candidates.first).kind
        }
        #expect(try found(false) == .network)
        #expect(try found(true) == .application)
    }

    @Test func oneCallerAloneIsSuspected() throws {
        let cause = Self.cause([
            Self.window(
                10, [("x", "a", 100, 80, ["UC": 80]), ("y", "a", 100, 0, [:])])
        ])
        let found = try #require(cause.locate(from: Self.ref("a"))).candidates
        #expect(found.map(\.kind) == [.caller, .gone])
        #expect(found.map(\.service.name) == ["x", "a"])
    }

    @Test func aHungCalleeExplainsItsCaller() throws {
        // b never answers; a gives up (DC) and fails. Nothing failed at b as far as counts go.
        var calls = Self.window(10, [("client", "a", 100, 90, [:]), ("a", "b", 10, 0, [:])])
        calls[1].abandoned = 90
        let cause = Self.cause([
            Self.window(9, [("client", "a", 100, 0, [:]), ("a", "b", 100, 0, [:])]), calls,
        ])
        let found = try #require(cause.locate(from: Self.ref("a"))).candidates
        #expect(found.first?.service.name == "b")
        #expect(found.first?.kind == .network)
    }

    @Test func oneLostConnectionExplainsManyFailures() throws {
        var windows = Self.window(10, [("client", "a", 100, 90, [:]), ("a", "b", 0, 0, ["UF": 3])])
        windows[1].edges[0].failedConnections = 3
        let found = try #require(Self.cause([windows]).locate(from: Self.ref("a"))).candidates
        #expect(found.map(\.service.name) == ["b"])
        #expect(found[0].kind == .gone)
    }

    @Test func aServiceThatCallsNobodyAnyMoreIsItselfSuspected() throws {
        let cause = Self.cause([
            Self.window(
                9,
                [("client", "a", 100, 0, [:]), ("a", "b", 100, 0, [:]), ("a", "c", 100, 0, [:])]),
            Self.window(10, [("client", "a", 100, 100, [:])]),
            Self.window(11, [("client", "a", 100, 100, [:])]),
        ])
        let found = try #require(cause.locate(from: Self.ref("a"))).candidates
        #expect(found.map(\.service.name) == ["a"])
    }

    @Test func anOldSketchOfTheScoreIsRead() throws {
        let old = Data(#"{"strikes": 4, "hits": 3}"#.utf8)
        var score = try JSONDecoder().decode(CauseScore.self, from: old)
        #expect(score.accuracy == 0.75 && score.accuracyInThree == 0.75)
        score.add(rank: 3)
        score.add(rank: nil)
        #expect(score.strikes == 6 && score.hits == 3 && score.hitsInThree == 4)
        let again = try JSONDecoder().decode(
            CauseScore.self, from: try JSONEncoder().encode(score))
        #expect(again == score)
    }
}
