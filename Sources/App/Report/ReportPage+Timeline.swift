// The pictures over time: the strip of rounds, the success rate of each service, and single rounds
// close up.

import Core
import Web

extension ReportPage {
    /// More rounds than this are drawn as counts per span of time.
    private static let drawnRounds = 300
    /// Bars of that strip.
    private static let bars = 96

    var timeline: HTML {
        guard let timeline = report.timeline else { return "<p>Nothing was recorded yet.</p>" }
        let rounds = report.history.rounds
        let strip =
            rounds.count <= Self.drawnRounds ? marks(timeline, rounds) : bars(timeline, rounds)
        let lanes = timeline.lanes.map { lane($0, timeline) }
        let more: HTML =
            timeline.omitted > 0
            ? "<p class=\"muted\">\(timeline.omitted) calmer services are not drawn.</p>" : ""
        return """
            <p class="legend"><span><i class="k harm">▲</i> strike with harm</span> \
            <span><i class="k calm">△</i> strike, no harm above p*</span> \
            <span><i class="k unsure">△</i> strike, inconclusive or other</span> \
            <span><i class="k sham">○</i> sham</span> \
            <span><i class="swatch anomaly"></i> anomaly</span> \
            <span><i class="swatch band"></i> normal (99 % bound)</span> \
            <span><i class="swatch line"></i> success rate, where a round looked</span></p>
            <div class="plot">
            \(strip)
            \(lanes)\(axis(timeline))
            </div>
            \(more)
            """
    }

    /// How a round is coloured: by what it says about users.
    static func mood(_ round: ReportRound) -> String {
        switch round.outcome {
        case .harm: "harm"
        case .noHarm: "calm"
        default: "unsure"
        }
    }

    private func marks(_ timeline: Timeline, _ rounds: [ReportRound]) -> HTML {
        let shapes = rounds.map { round -> HTML in
            let at = timeline.share(of: round.injectedAt ?? round.plannedAt)
            let words = "round \(round.number), \(Self.what(round)): \(round.state)"
            let shape: HTML =
                round.isStrike
                ? "<path d=\"M-6 5H6L0-7Z\" class=\"mark \(Self.mood(round))\"/>"
                : "<circle r=\"4.5\" class=\"mark sham \(Self.mood(round))\"/>"
            return Chart.mark(
                at, round.isStrike ? 16 : 18,
                "<a href=\"#round-\(round.number)\"><title>\(words)</title>\(shape)</a>")
        }
        return """
            <h3>Rounds</h3>
            <svg class="strip" width="100%" height="32" role="img" aria-label="\(summary(rounds))">\
            <line x1="0" x2="100%" y1="24" y2="24" class="grid"/>\(shapes)</svg>
            """
    }

    private func summary(_ rounds: [ReportRound]) -> String {
        "\(report.strikes.count) strikes, \(report.harmful) with harm, and "
            + "\(rounds.count - report.strikes.count) shams or observations over time"
    }

    private func bars(_ timeline: Timeline, _ rounds: [ReportRound]) -> HTML {
        let bins = timeline.bins(rounds, count: Self.bars)
        let tallest = bins.map { $0.strikes.values.reduce($0.shams, +) }.max() ?? 1
        let scale = 44 / Double(max(tallest, 1))
        let width = Chart.number(100 / Double(Self.bars) * 0.86) + "%"
        let shapes = bins.enumerated().map { place, bin -> HTML in
            let other = bin.strikes.filter { $0.key != "harm" && $0.key != "no-harm" }
            let parts: [(String, Int)] = [
                ("harm", bin.strikes["harm"] ?? 0), ("calm", bin.strikes["no-harm"] ?? 0),
                ("unsure", other.values.reduce(0, +)), ("sham", bin.shams),
            ]
            var bottom = 48.0
            let rects = parts.filter { $0.1 > 0 }.map { kind, count -> HTML in
                let height = Double(count) * scale
                bottom -= height
                return """
                    <rect x="\(Chart.at(Double(place) / Double(Self.bars)))" \
                    y="\(Chart.number(bottom))" width="\(width)" \
                    height="\(Chart.number(height))" class="bar \(kind)"/>
                    """
            }
            return HTML(joining: rects)
        }
        return """
            <h3>Rounds <small class="muted">at most \(tallest) a bar</small></h3>
            <svg class="strip" width="100%" height="50" role="img" aria-label="\(summary(rounds))">\
            <line x1="0" x2="100%" y1="48.5" y2="48.5" class="grid"/>\(shapes)</svg>
            """
    }

    private func lane(_ lane: Timeline.Lane, _ timeline: Timeline) -> HTML {
        let rates = lane.columns.map { $0?.success }
        let lowest = rates.compactMap { $0 }.min()
        var upper: Double?
        // What is normal holds until a later round says otherwise.
        let normal = lane.columns.map { column -> Double? in
            if let column { upper = column.upper }
            return upper.map { 1 - $0 }
        }
        let floor = Chart.floor(min(lowest ?? 1, normal.compactMap { $0 }.min() ?? 1))
        let height = 84
        let spans = lane.anomalies.suffix(300).map { anomaly(span: $0, timeline, height) }
        let strikes = report.strikes.count <= 200 ? report.strikes : []
        let rules = strikes.filter {
            $0.injectedAt != nil && $0.namespace == lane.service.namespace
        }
        .map { round -> HTML in
            let at = Chart.at(timeline.share(of: round.injectedAt ?? round.plannedAt))
            return "<line x1=\"\(at)\" x2=\"\(at)\" y1=\"0\" y2=\"\(height)\" class=\"strike\"/>"
        }
        let paths: HTML = """
            <path d="\(Chart.area(normal.map { $0.map { Chart.height($0, floor: floor) } }))" \
            class="band"/>\
            <path d="\(Chart.steps(rates.map { $0.map { Chart.height($0, floor: floor) } }))" \
            class="curve"/>
            """
        let worst = lowest.map { ", lowest \(ReportFormat.percent($0))" } ?? ", no measurements"
        return """
            <h3>\(lane.service.description)<small class="muted">success rate\(worst)</small></h3>
            <svg class="lane" width="100%" height="\(height)" role="img" \
            aria-label="success rate of \(lane.service.description)\(worst), \
            \(lane.anomalies.count) anomalies">\
            \(spans)\(rules)\(Chart.plane(width: timeline.columns, height: height, paths))\
            <text x="2" y="19" class="label">100 %</text>\
            <text x="2" y="\(height - 5)" class="label">\(ReportFormat.percent(floor))</text></svg>

            """
    }

    private func anomaly(span: Timeline.Span, _ timeline: Timeline, _ height: Int) -> HTML {
        let from = timeline.share(of: span.start)
        let until = span.end.map { timeline.share(of: $0) } ?? 1
        let kind = span.isUnrecovered ? "anomaly long" : "anomaly"
        let end = span.end.map { "recovered at \(ReportFormat.instant($0))" } ?? "not recovered"
        let tick: HTML =
            span.end == nil
            ? ""
            : Chart.mark(
                until, 12,
                "<g class=\"healed\"><circle r=\"6\"/><path d=\"M-3 0L-1 3L3-3\"/></g>")
        return """
            <g><title>anomaly \(span.id) (\(span.signal.rawValue)) from \
            \(ReportFormat.instant(span.start)), \(end)</title>\
            <rect x="\(Chart.at(from))" y="0" \
            width="\(Chart.at(max(until - from, 0.002)))" height="\(height)" \
            class="\(kind)"/>\(tick)</g>
            """
    }

    private func axis(_ timeline: Timeline) -> HTML {
        let span = (timeline.end - timeline.start).inSeconds
        let labels = [(0.0, "start"), (0.5, "middle"), (1.0, "end")].map { share, anchor -> HTML in
            let time = timeline.start + .inSeconds(span * share)
            return """
                <text x="\(Chart.at(share))" y="13" text-anchor="\(anchor)" \
                class="label">\(ReportFormat.tick(time, span: span))</text>
                """
        }
        return
            "<svg class=\"axis\" width=\"100%\" height=\"18\" aria-hidden=\"true\">\(labels)</svg>"
    }

    // MARK: Single rounds

    /// Rounds shown close up: harmful ones first, the newest of each.
    private static let closeUpLimit = 8

    var closeUps: HTML {
        let drawn = report.history.rounds.filter { !$0.series.isEmpty }
        if drawn.isEmpty {
            return """
                <p>The journal holds no measurements of single rounds: it was written by an \
                earlier \
                version, or no round was judged yet.</p>
                """
        }
        let harmful = drawn.filter { $0.outcome == .harm }.suffix(Self.closeUpLimit / 2)
        let chosen = Set(harmful.map(\.number))
        let others = drawn.filter { !chosen.contains($0.number) }
            .suffix(Self.closeUpLimit - harmful.count)
        let cards = (Array(harmful.reversed()) + Array(others.reversed())).map(card)
        return """
            <p class="muted">The newest rounds, those with harm first. The line is the success \
            rate \
            of each window, the shade what was normal before; the dashed rule is the injection.</p>
            <div class="cards">\(cards)</div>
            """
    }

    private func card(_ round: ReportRound) -> HTML {
        let harmed = Set((round.outcomes ?? []).filter(\.harmed).map(\.service))
        let ranked = round.series.sorted { left, right in
            let (first, second) = (harmed.contains(left.service), harmed.contains(right.service))
            if first != second { return first }
            let (more, less) = (left.requests.reduce(0, +), right.requests.reduce(0, +))
            return more != less ? more > less : left.service < right.service
        }
        let lanes = ranked.prefix(3).map { course($0, round) }
        let rest = round.series.count - lanes.count
        let more: HTML =
            rest > 0 ? "<p class=\"muted\">and \(Wording.plural(rest, "other service"))</p>" : ""
        return """
            <article class="card">
            <h3><a href="#round-\(round.number)">Round \(round.number)</a> \
            <span class="badge \(Self.mood(round))">\(round.state)</span></h3>
            <p>\(Self.what(round))</p>
            \(lanes)\(more)
            </article>

            """
    }

    private func course(_ series: RoundSeries, _ round: ReportRound) -> HTML {
        let rates = zip(series.requests, series.bad).map { requests, bad -> Double? in
            requests > 0 ? min(max(1 - bad / requests, 0), 1) : nil
        }
        let lowest = rates.compactMap { $0 }.min() ?? 1
        let floor = Chart.floor(min(lowest, 1 - series.upper))
        let span = max(series.window * Double(rates.count), 1e-9)
        let normal = rates.map { _ in Chart.height(1 - series.upper, floor: floor) as Double? }
        var rule: HTML = ""
        if let at = round.injectedAt ?? (round.isStrike ? nil : round.plannedAt) {
            let place = Chart.at((at - series.start).inSeconds / span)
            rule =
                "<line x1=\"\(place)\" x2=\"\(place)\" y1=\"0\" y2=\"64\" class=\"strike close\"/>"
        }
        let paths: HTML = """
            <path d="\(Chart.area(normal))" class="band"/>\
            <path d="\(Chart.steps(rates.map { $0.map { Chart.height($0, floor: floor) } }))" \
            class="curve"/>
            """
        let text = "\(series.service.name), lowest \(ReportFormat.percent(lowest))"
        return """
            <h4>\(text)</h4>
            <svg class="lane" width="100%" height="64" role="img" aria-label="success rate of \
            \(text)">\(rule)\(Chart.plane(width: rates.count, height: 64, paths))\
            <text x="2" y="19" class="label">100 %</text>\
            <text x="2" y="60" class="label">\(ReportFormat.percent(floor))</text></svg>

            """
    }

    /// `pod-delete of pod go-app/x`, or the same as a sham.
    static func what(_ round: ReportRound) -> String {
        let act = "\(round.fault) of \(round.object)"
        switch round.assignment {
        case .strike: return act
        case .sham: return "sham: \(act)"
        case .observe: return "observed: \(act)"
        }
    }
}
