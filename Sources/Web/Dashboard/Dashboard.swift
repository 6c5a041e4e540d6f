// The Grafana dashboard as a pure function of its panels. The committed file is generated from
// this.

package import Core

/// The dashboard "Hazard".
package enum Dashboard {
    /// The whole document (schema version 39: Grafana 11; newer versions migrate it upward).
    package static var json: JSON {
        [
            "uid": "hazard",
            "title": "Hazard",
            "description": "Continuous random chaos, judged by what users feel.",
            "tags": ["chaos", "hazard"],
            "schemaVersion": 39,
            "version": 1,
            "editable": false,
            "timezone": "utc",
            "refresh": "15s",
            "graphTooltip": 1,
            "time": ["from": "now-3h", "to": "now"],
            "templating": ["list": .array(variables)],
            "annotations": ["list": .array(annotations)],
            "links": [],
            "panels": .array(panels),
        ]
    }

    /// Every expression of the dashboard, with Grafana's variables still in it.
    package static var expressions: [String] {
        rows.flatMap(\.panels).flatMap(\.queries).map(\.expression) + annotationExpressions
            + variableExpressions
    }

    static let source: JSON = ["type": "prometheus", "uid": "$datasource"]

    static func position(x: Int, y: Int, width: Int, height: Int) -> JSON {
        [
            "x": .integer(Int64(x)), "y": .integer(Int64(y)), "w": .integer(Int64(width)),
            "h": .integer(Int64(height)),
        ]
    }

    private static let variableExpressions = [
        "hazard_unrecovered_services", "hazard_bad_ratio{namespace=~\"$namespace\"}",
    ]

    private static var variables: [JSON] {
        [
            [
                "name": "datasource", "label": "Data source", "type": "datasource",
                "query": "prometheus", "refresh": 1,
            ],
            variable("namespace", "Namespace", of: variableExpressions[0]),
            variable("service", "Service", of: variableExpressions[1]),
        ]
    }

    private static func variable(_ name: String, _ label: String, of series: String) -> JSON {
        [
            "name": .string(name), "label": .string(label), "type": "query",
            "datasource": source,
            "query": [
                "query": .string("label_values(\(series), \(name))"), "refId": .string(name),
            ],
            "definition": .string("label_values(\(series), \(name))"),
            // On every change of the time range; sorted by name.
            "refresh": 2, "sort": 1, "multi": true, "includeAll": true, "allValue": ".*",
            "current": ["text": "All", "value": "$__all"],
        ]
    }

    private static let annotationExpressions = [
        "max by (namespace, fault) (hazard_faults_active{namespace=~\"$namespace\"}) > 0",
        "max by (namespace, service) (hazard_anomalies_active{namespace=~\"$namespace\"}) > 0",
    ]

    /// Consecutive samples merge into one region: the time a fault or an anomaly lasted.
    private static var annotations: [JSON] {
        [
            annotation("Chaos", "orange", annotationExpressions[0], "{{fault}}", "fault"),
            annotation("Anomaly", "red", annotationExpressions[1], "{{service}}", "service"),
        ]
    }

    private static func annotation(
        _ name: String, _ color: String, _ expression: String, _ title: String, _ tag: String
    ) -> JSON {
        [
            "name": .string(name), "datasource": source, "enable": true,
            "iconColor": .string(color), "expr": .string(expression), "step": "15s",
            "titleFormat": .string(title), "tagKeys": .string("namespace,\(tag)"),
        ]
    }

    /// Rows from top to bottom, panels from left to right; ids count from 1.
    private static var panels: [JSON] {
        var out: [JSON] = []
        var id = 0
        var y = 0
        for row in rows {
            id += 1
            var header: JSON = [
                "id": .integer(Int64(id)), "type": "row", "title": .string(row.title),
                "collapsed": .bool(row.isCollapsed),
                "gridPos": position(x: 0, y: y, width: 24, height: 1), "panels": [],
            ]
            y += 1
            if let name = row.repeats { header["repeat"] = .string(name) }
            var x = 0
            var height = 0
            var inside: [JSON] = []
            for panel in row.panels {
                if x + panel.width > 24 {
                    x = 0
                    y += height
                    height = 0
                }
                id += 1
                inside.append(panel.json(id: id, x: x, y: y))
                x += panel.width
                height = max(height, panel.height)
            }
            y += height
            if row.isCollapsed {
                header["panels"] = .array(inside)
                out.append(header)
            } else {
                out += [header] + inside
            }
        }
        return out
    }
}

/// A row answers one question.
struct DashboardRow: Sendable {
    let title: String
    var isCollapsed = false
    /// The variable for each value of which the row is repeated.
    var repeats: String?
    let panels: [DashboardPanel]
}
