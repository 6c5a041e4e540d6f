// What was struck by what, when and how often, and what never was although it could have been.

/// Targets by fault.
package struct CoverageMap: Sendable, Hashable {
    /// How old the newest strike is.
    package enum Age: String, Sendable, Hashable {
        case never
        /// At most 7 days.
        case fresh
        /// At most 30 days.
        case aging
        case stale

        /// Of a strike at `last`, nil for none.
        package init(_ last: Timestamp?, now: Timestamp) {
            guard let last else {
                self = .never
                return
            }
            let days = (now - last).inSeconds / 86_400
            self = days <= 7 ? .fresh : days <= 30 ? .aging : .stale
        }
    }

    /// One target under one fault.
    package struct Cell: Sendable, Hashable {
        /// Injections that took place.
        package var strikes = 0
        package var harmed = 0
        package var last: Timestamp?
        package var lastState: String?
        /// Shams that drew it.
        package var shams = 0
    }

    /// One target under every fault.
    package struct Row: Sendable, Hashable {
        package var namespace: String
        package var target: String
        /// Rounds that could have drawn it; nil when no plan says.
        package var eligible: Int?
        /// One per fault.
        package var cells: [Cell]
    }

    /// In order.
    package var faults: [String] = []
    /// By namespace and target; at most `rowLimit`, the never struck first when they are more.
    package var rows: [Row] = []
    /// Rows left out.
    package var omitted = 0
    package static let rowLimit = 200

    package init(_ rounds: [ReportRound]) {
        struct Key: Hashable, Comparable {
            var namespace: String
            var target: String
            static func < (left: Self, right: Self) -> Bool {
                (left.namespace, left.target) < (right.namespace, right.target)
            }
        }
        var names: Set<String> = []
        for round in rounds {
            names.insert(round.fault)
            for fault in round.chances.faults ?? [:] { names.insert(fault.key) }
        }
        faults = names.sorted()
        let places = Dictionary(uniqueKeysWithValues: faults.enumerated().map { ($1, $0) })
        let empty = [Cell](repeating: Cell(), count: faults.count)
        var table: [Key: Row] = [:]
        for round in rounds {
            for target in round.chances.targets?.keys.sorted() ?? [] {
                let key = Key(namespace: round.namespace, target: target)
                table[
                    key,
                    default: Row(
                        namespace: key.namespace, target: target, eligible: 0, cells: empty)
                ].eligible = (table[key]?.eligible ?? 0) + 1
            }
            guard let place = places[round.fault] else { continue }
            let key = Key(namespace: round.namespace, target: round.target)
            var row =
                table[key]
                ?? Row(namespace: key.namespace, target: key.target, eligible: nil, cells: empty)
            row.cells[place].add(round)
            table[key] = row
        }
        let all = table.sorted { $0.key < $1.key }.map(\.value)
        guard all.count > Self.rowLimit else {
            rows = all
            return
        }
        omitted = all.count - Self.rowLimit
        let never = all.filter { $0.strikes == 0 }
        let rest = all.filter { $0.strikes > 0 }.sorted {
            ($0.last, $0.target) < ($1.last, $1.target)
        }
        rows = Array((never + rest).prefix(Self.rowLimit))
    }

    /// Cells (target and fault) that could have been struck, and those that ever were.
    package var cells: (known: Int, struck: Int) {
        let all = rows.flatMap(\.cells)
        return (all.count, all.count { $0.strikes > 0 })
    }
}

extension CoverageMap.Row {
    package var strikes: Int { cells.reduce(0) { $0 + $1.strikes } }
    fileprivate var last: Timestamp {
        cells.compactMap(\.last).max() ?? Timestamp(nanoseconds: .min)
    }
}

extension CoverageMap.Cell {
    fileprivate mutating func add(_ round: ReportRound) {
        if round.assignment == .sham { shams += 1 }
        guard round.isStrike, let at = round.injectedAt else { return }
        strikes += 1
        if round.outcome == .harm { harmed += 1 }
        if at >= last ?? at {
            last = at
            lastState = round.state
        }
    }
}
