// The success rate of each service over the whole span of a report, in so many columns as can be
// seen, with the rounds and anomalies beside it.

/// What a picture over time is drawn from.
package struct Timeline: Sendable, Hashable {
    /// All that was counted in one column of time.
    package struct Column: Sendable, Hashable {
        package var requests = 0.0
        package var bad = 0.0
        /// The learned 99 % upper bound of the bad ratio, the newest.
        package var upper = 0.0
        /// Windows that said nothing.
        package var blind = 0

        /// Nil without requests.
        package var success: Double? {
            requests > 0 ? min(max(1 - bad / requests, 0), 1) : nil
        }
    }

    /// The time of an anomaly; `end` is nil while it lasts.
    package struct Span: Sendable, Hashable {
        package var id: Int
        package var signal: Signal
        package var start: Timestamp
        package var end: Timestamp?
        package var isUnrecovered: Bool
    }

    /// One service over time.
    package struct Lane: Sendable, Hashable {
        package var service: ServiceRef
        /// One per column; nil where nothing was read.
        package var columns: [Column?]
        package var anomalies: [Span]
    }

    /// Rounds of one column of the strip of rounds, by state, when there are too many to draw each.
    package struct Bin: Sendable, Hashable {
        package var strikes: [String: Int] = [:]
        package var shams = 0
    }

    package var start: Timestamp
    package var end: Timestamp
    /// Columns of the lanes.
    package var columns: Int
    /// Services with the most harm, then the most traffic; at most `laneLimit`.
    package var lanes: [Lane] = []
    package var omitted = 0

    package static let laneLimit = 12
    package static let columnLimit = 480

    /// Nil when there is nothing to draw.
    package init?(_ history: ReportHistory) {
        let series = history.rounds.flatMap(\.series)
        let starts =
            history.rounds.map(\.plannedAt) + series.map(\.start) + history.anomalies.map(\.onset)
        guard let first = starts.min(), let last = history.lastAt else { return nil }
        start = history.firstAt.map { max(first, min($0, last)) } ?? first
        end = max(last, start + .seconds(1))
        let span = (end - start).inSeconds
        let shortest = series.map(\.window).filter { $0 > 0 }.min() ?? span
        columns = Int(min(max((span / shortest).rounded(.down), 1), Double(Self.columnLimit)))
        draw(history, series)
    }

    private mutating func draw(_ history: ReportHistory, _ series: [RoundSeries]) {
        var table: [ServiceRef: [Column?]] = [:]
        var seen: [ServiceRef: Set<Int64>] = [:]
        for course in series where course.window > 0 {
            var lane = table[course.service] ?? [Column?](repeating: nil, count: columns)
            let blind = Set(course.blind)
            for place in course.requests.indices where place < course.bad.count {
                let from = course.start + .inSeconds(course.window * Double(place))
                // The lead of a round may be the course of the one before.
                guard seen[course.service, default: []].insert(from.nanoseconds).inserted,
                    let at = self.place(of: from + .inSeconds(course.window / 2))
                else { continue }
                var column = lane[at] ?? Column()
                column.requests += course.requests[place]
                column.bad += course.bad[place]
                column.upper = course.upper
                if blind.contains(place) { column.blind += 1 }
                lane[at] = column
            }
            table[course.service] = lane
        }
        var spans: [ServiceRef: [Span]] = [:]
        for anomaly in history.anomalies {
            spans[anomaly.service, default: []].append(
                Span(
                    id: anomaly.id, signal: anomaly.signal, start: anomaly.onset,
                    end: anomaly.endedAt, isUnrecovered: anomaly.finding != nil))
        }
        let measured = table.filter { $0.value.contains { $0 != nil } }.keys
        let services = Set(measured).union(spans.keys)
        let ranked = services.map { service in
            let traffic = (table[service] ?? []).reduce(0) { $0 + ($1?.requests ?? 0) }
            return (harm: spans[service]?.count ?? 0, traffic: traffic, service: service)
        }.sorted { ($1.harm, $1.traffic, $0.service) < ($0.harm, $0.traffic, $1.service) }
        omitted = max(0, ranked.count - Self.laneLimit)
        lanes = ranked.prefix(Self.laneLimit).map { entry in
            Lane(
                service: entry.service,
                columns: table[entry.service] ?? [Column?](repeating: nil, count: columns),
                anomalies: spans[entry.service] ?? [])
        }
    }

    /// Where an instant lies between the beginning (0) and the end (1); clamped.
    package func share(of instant: Timestamp) -> Double {
        let width = (end - start).inSeconds
        guard width > 0 else { return 0 }
        return min(max((instant - start).inSeconds / width, 0), 1)
    }

    private func place(of instant: Timestamp) -> Int? {
        guard instant >= start, instant <= end else { return nil }
        return min(Int(share(of: instant) * Double(columns)), columns - 1)
    }

    /// The rounds counted in `count` equal spans of time.
    package func bins(_ rounds: [ReportRound], count: Int) -> [Bin] {
        var bins = [Bin](repeating: Bin(), count: max(count, 1))
        for round in rounds {
            let place = min(Int(share(of: round.plannedAt) * Double(bins.count)), bins.count - 1)
            if round.isStrike {
                bins[place].strikes[round.state, default: 0] += 1
            } else {
                bins[place].shams += 1
            }
        }
        return bins
    }
}
