// Following failures to their source on small graphs.

import Core
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
}
