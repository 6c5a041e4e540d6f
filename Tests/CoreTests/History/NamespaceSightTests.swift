import Core
import FoundationEssentials
import Testing

/// What becomes of "this namespace is not seen": state, alert, report.
@Suite struct NamespaceSightTests {
    private static let dark = Event.blind(Blind(reason: "2 of 2 are blind", namespace: "shop"))

    @Test func aNamespaceIsBlindUntilItIsSighted() {
        var chronicle = Chronicle()
        chronicle.add(Self.dark)
        let since = chronicle.now
        chronicle.pass(.seconds(60))
        chronicle.add(Self.dark)
        #expect(chronicle.state.blind == nil)
        #expect(chronicle.state.blindNamespaces["shop"]?.since == since)
        chronicle.add(.sighted(Sighted(after: 1)))
        #expect(chronicle.state.blindNamespaces.count == 1, "that was about the whole")
        chronicle.add(.blind(Blind(reason: "all")))
        chronicle.add(.sighted(Sighted(after: 60, namespace: "shop")))
        #expect(chronicle.state.blindNamespaces.isEmpty)
        #expect(chronicle.state.blind?.reason == "all")
    }

    @Test func theAlertNamesTheNamespace() throws {
        var chronicle = Chronicle()
        chronicle.add(Self.dark)
        let since = chronicle.now
        chronicle.pass(.seconds(30))
        let alert = try #require(
            AlertBook.changes(chronicle.state, now: chronicle.now).first)
        #expect(alert.name == .blind && alert.labels == ["namespace": "shop"])
        #expect(alert.startsAt == since)
        #expect(alert.annotations["description"] == "2 of 2 are blind")
        #expect(alert.annotations["summary"]?.contains("shop") == true)
        chronicle.add(.alert(alert))
        chronicle.add(.sighted(Sighted(after: 30, namespace: "shop")))
        let resolved = AlertBook.changes(chronicle.state, now: chronicle.now)
        #expect(resolved.map(\.isFiring) == [false])
    }

    @Test func spansOfBlindnessAreKeptApart() {
        var chronicle = Chronicle()
        var history = ReportHistory()
        for event in [
            Self.dark, .blind(Blind(reason: "all")), .sighted(Sighted(after: 1)), Self.dark,
            .sighted(Sighted(after: 2, namespace: "shop")),
        ] {
            chronicle.pass(.seconds(10))
            history.add(event, at: chronicle.now)
        }
        #expect(history.blindness.map(\.namespace) == ["shop", nil])
        let lengths = history.blindness.map { span in span.until.map { $0 - span.since } }
        #expect(lengths == [.seconds(40), .seconds(10)])
        #expect(history.narrowed(to: "bank", since: nil).blindness.map(\.namespace) == [nil])
        #expect(history.narrowed(to: "shop", since: nil).blindness.count == 2)
    }

    @Test func whatOlderVersionsWroteIsStillRead() throws {
        let decoder = JSONDecoder()
        let blind = try decoder.decode(Blind.self, from: Data(#"{"reason": "no scrape"}"#.utf8))
        #expect(blind == Blind(reason: "no scrape"))
        let sighted = try decoder.decode(Sighted.self, from: Data(#"{"after": 3}"#.utf8))
        #expect(sighted == Sighted(after: 3))
    }
}
