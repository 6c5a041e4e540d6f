// What people on call read, for every signal and direction.

import Core
import Testing

@Suite struct AnomalyWordingTests {
    struct Case: Sendable {
        var service = "web"
        var signal: Signal
        var direction: Anomaly.Direction?
        var now = 0.85
        var text: String
        var headline: String
        var state: String
        var trouble: String
        var cost: String
    }

    static let cases = [
        Case(
            signal: .badRatio,
            text: "bad responses of shop/web went from 1 % to 85 % (17 of 20 requests)",
            headline: "Requests to web fail more often than they used to",
            state: "85 % of the requests to web failed", trouble: "failing traffic",
            cost: "1,204 failed requests"),
        Case(
            signal: .latency,
            text: "slow responses of shop/web went from 1 % to 85 % (17 of 20 good responses)",
            headline: "web answers more slowly than it used to",
            state: "85 % of the good responses of web were slow", trouble: "slow responses",
            cost: "1,204 slow responses"),
        Case(
            signal: .connections,
            text: "failed connections of shop/web went from 1 % to 85 % (17 of 20 connections)",
            headline: "Connections to web fail more often than they used to",
            state: "85 % of the connections to web failed", trouble: "failing connections",
            cost: "1,204 failed connections"),
        Case(
            signal: .traffic, direction: .drop, now: 0.03,
            text: "traffic of shop/web fell to 3 % of what is usual at this time "
                + "(17 missing requests)",
            headline: "web gets fewer requests than it used to",
            state: "web got 3 % of the requests that are usual at this time",
            trouble: "missing requests", cost: "1,204 missing requests"),
        Case(
            signal: .traffic, direction: .surge, now: 3.1,
            text: "traffic of shop/web surged to 310 % of what is usual at this time "
                + "(17 extra requests)",
            headline: "web gets more requests than it used to",
            state: "web got 310 % of the requests that are usual at this time",
            trouble: "extra requests", cost: "1,204 extra requests"),
        Case(
            service: "promql:checkout", signal: .badRatio,
            text: "bad events of shop/promql:checkout went from 1 % to 85 % (17 of 20 events)",
            headline: "promql:checkout has more bad events than it used to",
            state: "85 % of the events of promql:checkout were bad", trouble: "bad events",
            cost: "1,204 bad events"),
        Case(
            service: "gauge:queue", signal: .badRatio,
            text: "unusual values of shop/gauge:queue went from 1 % to 85 % (17 of 20 windows)",
            headline: "The values of gauge:queue are not what they used to be",
            state: "85 % of the values of gauge:queue were unusual", trouble: "unusual values",
            cost: "1,204 unusual values"),
    ]

    private static func record(_ wanted: Case) -> AnomalyRecord {
        let evidence = Evidence(
            service: ServiceRef(namespace: "shop", name: wanted.service), signal: wanted.signal,
            before: 0.01, baselineUpper: 0.02, now: wanted.now, requests: 20, bad: 17, excess: 17,
            nats: 30, threshold: 18)
        let anomaly = Anomaly(
            evidence: evidence, onset: Chronicle.start, detectedAt: Chronicle.start,
            direction: wanted.direction)
        return AnomalyRecord(
            opened: AnomalyOpened(id: 1, anomaly: anomaly, round: nil, cause: "no strike"),
            openedAt: Chronicle.start)
    }

    @Test(arguments: cases)
    func everySignalHasItsWords(wanted: Case) throws {
        let record = Self.record(wanted)
        let anomaly = record.opened.anomaly
        #expect(anomaly.text == wanted.text)
        #expect(anomaly.state == wanted.state)
        #expect(anomaly.mustRecover == (wanted.direction != .surge))
        var chronicle = Chronicle()
        chronicle.add(.anomaly(record.opened))
        let alert = try #require(
            AlertBook.changes(chronicle.state, now: chronicle.now).first)
        #expect(alert.annotations["summary"] == wanted.headline)
        let told: String =
            wanted.text.dropLast() + " since 2027-01-15T08:00:00Z); no strike"
        #expect(alert.annotations["description"] == told)
    }

    @Test(arguments: cases)
    func whatDoesNotRecoverIsNamed(wanted: Case) {
        let record = Self.record(wanted)
        let blind = unrecoveredFinding(
            record, snapshot: nil, state: State(), now: Chronicle.start + .seconds(900))
        #expect(blind == wanted.state + "; not recovered after 900 s")
        var snapshot = Snapshot(takenAt: Chronicle.start, namespaces: ["shop"])
        snapshot.workloads.append(
            Snapshot.Workload(
                ref: Chronicle.workload("web"), namespace: 0, desired: 1, rollingOut: false))
        snapshot.pods.append(
            Snapshot.Pod(
                name: "web-0", uid: "u", namespace: 0, workload: 0, node: -1, labels: -1,
                flags: [.ready, .running], created: Chronicle.start))
        let ready = unrecoveredFinding(
            record, snapshot: snapshot, state: State(), now: Chronicle.start + .seconds(900))
        #expect(
            ready == "Ready pods, \(wanted.trouble): all 1 pods of shop are Ready while "
                + "\(wanted.state); not recovered after 900 s")
    }

    @Test(arguments: cases)
    func theCostIsOfItsOwnKind(wanted: Case) throws {
        let record = Self.record(wanted)
        let recovery = Recovery(
            service: record.service, signal: record.signal, onset: Chronicle.start,
            recoveredAt: Chronicle.start + .seconds(30), detectedAt: Chronicle.start,
            excess: 1204)
        #expect(recovery.cost(wanted.direction) == wanted.cost)
        var chronicle = Chronicle()
        chronicle.add(.anomaly(record.opened))
        for alert in AlertBook.changes(chronicle.state, now: chronicle.now) {
            chronicle.add(.alert(alert))
        }
        chronicle.add(.recovered(AnomalyRecovered(id: 1, recovery: recovery)))
        let alert = try #require(AlertBook.changes(chronicle.state, now: chronicle.now).first)
        #expect(!alert.isFiring && alert.annotations["cost"] == wanted.cost)
        let isCounted = wanted.signal == .badRatio && wanted.service == "web"
        #expect(alert.annotations["failed_requests"] == (isCounted ? "1204" : nil))
    }
}
