import Testing

@testable import Core

/// What a round measured: its counts against sums made here, and its course in bounded memory.
@Suite struct MeasurementsTests {
    private static let service = ServiceRef(namespace: "go-app", name: "go-app-db")

    private static func window(
        _ index: Int64, total: Double, bad: Double, blind: String? = nil,
        service: ServiceRef = service
    ) -> RequestWindow {
        var window = RequestWindow(service: service, index: index)
        window.total = total
        window.bad = bad
        window.blind = blind
        return window
    }

    private static func subject(_ name: String) -> RoundSubject {
        RoundSubject(
            service: ServiceRef(namespace: "go-app", name: name),
            channels: [
                .init(
                    signal: .badRatio, mean: 0.001, upper: 0.002, rho: 1e-4, theta: 1, ready: true)
            ], broken: false)
    }

    @Test func aStrikeIsMeasuredFromBeforeItBegan() throws {
        var story = Story()
        story.pass(120)
        let injected = story.mesh.now + .seconds(1)
        story.judge.beginRound(id: 7, policy: "p", at: injected, namespaces: ["go-app"])
        story.databaseWorks = false
        story.pass(12)
        let verdict = story.judge.endRound(id: 7, at: story.mesh.now)
        let judged = story.judge.judged(round: 7, verdict)

        let outcomes = try #require(judged.outcomes)
        let evidence = story.judge.outcomes(round: 7)
        #expect(outcomes.map(\.service) == evidence.map(\.service))
        #expect(outcomes.allSatisfy { $0.harmed && !$0.wasBroken && $0.signal == .badRatio })
        for (outcome, evidence) in zip(outcomes, evidence) {
            #expect(outcome.requests == evidence.requests && outcome.bad == evidence.bad)
            #expect(abs(outcome.expected - evidence.requests * evidence.before) < 1e-9)
            // The service's evidence is the mean over its two signals; traffic has none.
            #expect(abs(outcome.nats - evidence.nats - 0.693_147) < 1e-3)
        }

        let series = try #require(judged.series)
        #expect(series.map(\.service) == outcomes.map(\.service))
        for (course, outcome) in zip(series, outcomes) {
            #expect(course.window == 15)
            #expect(course.requests.count == course.bad.count)
            #expect(course.mean < course.upper)
            let before = (injected - course.start).inSeconds / 15
            #expect(before > 7 && before <= 9, "\(before)")
            // The window of the beginning was closed before: everybody had been scraped in it.
            let lead = RoundTrace.lead
            #expect(abs(course.bad.dropFirst(lead).reduce(0, +) - outcome.bad) < 1e-6)
            #expect(abs(course.requests.dropFirst(lead).reduce(0, +) - outcome.requests) < 1e-6)
        }
        #expect(story.judge.takeSeries(round: 7).isEmpty, "given once")
    }

    @Test func silenceHasABoundPerService() throws {
        var story = Story()
        story.pass(100)
        story.judge.beginRound(
            id: 1, policy: "p", at: story.mesh.now, namespaces: ["go-app"], sham: true)
        story.pass(20)
        let verdict = story.judge.endRound(id: 1, at: story.mesh.now)
        let outcomes = story.judge.measurements(round: 1)
        #expect(outcomes.allSatisfy { !$0.harmed })
        #expect(outcomes.compactMap(\.bound).max() == verdict.minimumDetectable)
    }

    @Test func anUnknownRoundHasNothing() {
        var judge = Judge()
        let verdict = judge.endRound(id: 3, at: Timestamp(seconds: 0))
        let judged = judge.judged(round: 3, verdict)
        #expect(judged.outcomes == [] && judged.series == [])
    }

    /// Sums are kept when windows are merged, however many there are, and whatever is missing.
    @Test(arguments: [1, 239, 240, 241, 1000, 100_000])
    func longCoursesAreMerged(count: Int64) throws {
        var course = RoundTrace.Course(first: 100, mean: 0, upper: 0.01)
        var sum = 0.0
        for index in 0..<count where index % 7 != 3 {
            course.add(Self.window(100 + index, total: Double(index % 5), bad: 1))
            sum += Double(index % 5)
        }
        #expect(course.requests.count <= RoundSeries.windowLimit)
        #expect(course.total == sum)
        #expect(Int64(course.requests.count) * course.width >= count - 1)
        #expect(count < 241 || course.requests.count > RoundSeries.windowLimit / 2 - 1)
    }

    @Test func absurdWindowsAreIgnored() {
        var course = RoundTrace.Course(first: 100, mean: 0, upper: 0.01)
        course.add(Self.window(99, total: 5, bad: 5))
        course.add(Self.window(.min, total: 5, bad: 5))
        #expect(course.requests.isEmpty)
        course.add(Self.window(100, total: .nan, bad: 1))
        course.add(Self.window(101, total: 5, bad: 1))
        course.add(Self.window(103, total: 0, bad: 0, blind: "0 of 3 reporters"))
        #expect(course.requests == [0, 5, 0, 0] && course.blind == [3])
        course.add(Self.window(.max, total: 7, bad: 1))
        #expect(course.total == 12 && course.requests.count <= RoundSeries.windowLimit)
    }

    @Test func theBusiestServicesAreKeptAndTheHarmedOnes() {
        let subjects = (0..<300).map { Self.subject("s\($0)") }
        var trace = RoundTrace(subjects, index: 50) { service in
            let busy = Double(service.name.dropFirst()) ?? 0
            return (40..<50).map {
                Self.window($0, total: busy, bad: 0, service: service)
            }
        }
        #expect(trace.courses.count == RoundTrace.followed)
        #expect(trace.courses.keys.allSatisfy { Double($0.name.dropFirst()) ?? 0 >= 100 })
        for subject in subjects {
            trace.add(Self.window(50, total: 1, bad: 1, service: subject.service))
        }
        let harmed = ServiceRef(namespace: "go-app", name: "s120")
        let series = trace.series(interval: .seconds(15), wanted: [harmed])
        #expect(series.count == RoundSeries.limit)
        #expect(series.map(\.service) == series.map(\.service).sorted())
        #expect(
            Set(series.map(\.service.name)) == Set((281..<300).map { "s\($0)" } + ["s120"]))
        #expect(series.allSatisfy { $0.start == Timestamp(seconds: 42 * 15) })
        #expect(series.allSatisfy { $0.requests.count == 9 && $0.requests.last == 1 })
    }
}
