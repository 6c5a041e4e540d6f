// One column of the tables that kubectl prints: its title and how a cell is made of an object.

import Core

/// A column. A priority above zero is shown with `-o wide` only.
struct TableColumn: Sendable {
    var name: String
    var type: String
    var format: String
    var priority: Int
    /// The object and the current instant to the cell.
    var cell: @Sendable (JSON, Timestamp) -> JSON

    init(
        _ name: String, type: String = "string", format: String = "", priority: Int = 0,
        cell: @escaping @Sendable (JSON, Timestamp) -> JSON
    ) {
        self.name = name
        self.type = type
        self.format = format
        self.priority = priority
        self.cell = cell
    }

    var definition: JSON {
        [
            "name": .string(name), "type": .string(type), "format": .string(format),
            "description": .string(""), "priority": .integer(Int64(priority)),
        ]
    }

    static let objectName = TableColumn("Name", format: "name") { json, _ in
        .string(json.objectName)
    }

    static let age = TableColumn("Age") { json, now in
        .string(Self.age(since: json.created, now))
    }

    /// A column of text at a path; `<none>` when it is missing.
    static func text(
        _ name: String, _ path: String..., priority: Int = 0, missing: String = "<none>"
    ) -> TableColumn {
        TableColumn(name, priority: priority) { json, _ in
            let value = json[path: path]
            switch value {
            case .string(let text) where !text.isEmpty: return .string(text)
            case .integer, .number, .bool: return .string(value?.text ?? missing)
            default: return .string(missing)
            }
        }
    }

    static func number(_ name: String, _ path: String..., priority: Int = 0) -> TableColumn {
        TableColumn(name, type: "integer", priority: priority) { json, _ in
            .integer(Int64(json[path: path]?.integer ?? 0))
        }
    }

    /// Labels as `a=b,c=d`.
    static func selector(_ map: JSON?) -> String {
        let text = (map?.stringMap ?? [:]).sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return text.isEmpty ? "<none>" : text
    }

    static func age(since instant: Timestamp?, _ now: Timestamp) -> String {
        guard let instant else { return "<unknown>" }
        return human(now - instant)
    }

    /// A duration as kubectl shortens it: `45s`, `3m20s`, `26m`, `5h12m`, `3d4h`, `12d`.
    static func human(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        if seconds < -1 { return "<invalid>" }
        if seconds < 0 { return "0s" }
        if seconds < 120 { return "\(seconds)s" }
        let minutes = seconds / 60
        if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        let hours = minutes / 60
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        if hours < 192 { return pair(hours / 24, "d", hours % 24, "h") }
        if hours < 24 * 365 * 2 { return "\(hours / 24)d" }
        let days = hours / 24
        if days < 365 * 8 { return pair(days / 365, "y", days % 365, "d") }
        return "\(days / 365)y"
    }

    private static func pair(_ big: Int, _ unit: String, _ small: Int, _ part: String) -> String {
        small == 0 ? "\(big)\(unit)" : "\(big)\(unit)\(small)\(part)"
    }
}
