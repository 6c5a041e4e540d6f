// One panel of the dashboard as data, and its form in Grafana's JSON. It knows Grafana's model
// (schema version 39) and nothing of what is measured.

import Core

/// One panel: a question, the expressions that answer it, and how they look.
struct DashboardPanel: Sendable {
    enum Kind: String, Sendable {
        case stat
        case timeseries
        case stateTimeline = "state-timeline"
        case table
    }

    struct Query: Sendable {
        let expression: String
        let legend: String

        init(_ expression: String, _ legend: String = "") {
            self.expression = expression
            self.legend = legend
        }
    }

    let kind: Kind
    let title: String
    let description: String
    /// One of Grafana's unit ids.
    let unit: String
    /// Out of 24 columns.
    let width: Int
    let queries: [Query]
    /// Values from which the colour changes, with the colour; below the first it is green.
    var thresholds: [(Double, String)] = []
    /// Shown instead of a value.
    var words: [(Int, String, String)] = []
    /// Shown when there is no series: not the same as zero.
    var noValue = "no data"

    init(
        _ kind: Kind, _ title: String, _ description: String, unit: String, width: Int,
        _ queries: [Query], thresholds: [(Double, String)] = [],
        words: [(Int, String, String)] = [], noValue: String = "no data"
    ) {
        self.kind = kind
        self.title = title
        self.description = description
        self.unit = unit
        self.width = width
        self.queries = queries
        self.thresholds = thresholds
        self.words = words
        self.noValue = noValue
    }

    var height: Int { kind == .stat ? 4 : 8 }

    func json(id: Int, x: Int, y: Int) -> JSON {
        var json: JSON = [
            "id": .integer(Int64(id)),
            "type": .string(kind.rawValue),
            "title": .string(title),
            "description": .string(description),
            "gridPos": Dashboard.position(x: x, y: y, width: width, height: height),
            "datasource": Dashboard.source,
            "fieldConfig": ["defaults": defaults, "overrides": []],
            "options": options,
            "targets": .array(queries.indices.map(target)),
        ]
        if kind == .table {
            json["transformations"] = [
                ["id": "merge", "options": [:]],
                [
                    "id": "organize",
                    "options": ["excludeByName": ["Time": true], "renameByName": columns],
                ],
            ]
        }
        return json
    }

    /// Queries of a table are instant ones, and each becomes a column.
    private var columns: JSON {
        let names = queries.indices.map { index in
            ("Value #\(refID(index))", JSON.string(queries[index].legend))
        }
        return .object(.init(names))
    }

    private func refID(_ index: Int) -> String {
        String(UnicodeScalar(UInt8(65 + index)))
    }

    private func target(_ index: Int) -> JSON {
        let query = queries[index]
        var json: JSON = [
            "refId": .string(refID(index)),
            "datasource": Dashboard.source,
            "expr": .string(query.expression),
        ]
        switch kind {
        case .table:
            json["format"] = "table"
            json["instant"] = true
        case .stat:
            json["instant"] = true
            json["legendFormat"] = .string(query.legend)
        default: json["legendFormat"] = .string(query.legend)
        }
        return json
    }

    private var defaults: JSON {
        let steps =
            [["color": "green", "value": .null] as JSON]
            + thresholds.map { ["color": .string($0.1), "value": .number($0.0)] as JSON }
        var json: JSON = [
            "unit": .string(unit),
            "noValue": .string(noValue),
            "thresholds": ["mode": "absolute", "steps": .array(steps)],
            "color": [
                "mode": kind == .stat || kind == .stateTimeline ? "thresholds" : "palette-classic"
            ],
        ]
        if unit == "percentunit" { json["min"] = 0 }
        if kind == .timeseries {
            json["custom"] = ["lineWidth": 1, "fillOpacity": 0, "showPoints": "never"]
        }
        if !words.isEmpty {
            let options = words.map { value, text, color in
                (String(value), ["text": .string(text), "color": .string(color)] as JSON)
            }
            json["mappings"] = [["type": "value", "options": .object(.init(options))]]
        }
        return json
    }

    private var options: JSON {
        switch kind {
        case .stat:
            return [
                "reduceOptions": ["calcs": ["lastNotNull"], "fields": "", "values": false],
                "colorMode": "background", "graphMode": "none", "textMode": "auto",
            ]
        case .timeseries:
            return [
                "legend": [
                    "displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"],
                ],
                "tooltip": ["mode": "multi", "sort": "desc"],
            ]
        case .stateTimeline:
            return ["mergeValues": true, "showValue": "never", "rowHeight": 0.8]
        case .table: return ["showHeader": true]
        }
    }
}
