// The two API forms of an event: `v1` and `events.k8s.io/v1`. They are one object under two sets of
// field names; the store keeps the older one.

import Core

/// Conversion between the forms.
enum EventForms {
    private static let names: [(new: String, core: String)] = [
        ("regarding", "involvedObject"), ("note", "message"),
        ("reportingController", "reportingComponent"),
        ("deprecatedSource", "source"), ("deprecatedFirstTimestamp", "firstTimestamp"),
        ("deprecatedLastTimestamp", "lastTimestamp"), ("deprecatedCount", "count"),
    ]

    /// `events.k8s.io/v1` to `v1`, with that API's checks.
    static func core(from json: JSON) throws(APIError) -> JSON {
        if json["eventTime"] ?? .null == .null,
            json["deprecatedFirstTimestamp"] ?? .null == .null
        {
            throw .invalid(Catalog.events, json.objectName, [.required("eventTime")])
        }
        var out = JSON.Object()
        for (key, value) in json.object?.members ?? [] {
            out[names.first { $0.new == key }?.core ?? key] = value
        }
        out["kind"] = "Event"
        out["apiVersion"] = "v1"
        return .object(out)
    }

    /// `v1` to `events.k8s.io/v1`.
    static func new(from json: JSON) -> JSON {
        var out = JSON.Object()
        for (key, value) in json.object?.members ?? [] {
            out[names.first { $0.core == key }?.new ?? key] = value
        }
        out["apiVersion"] = "events.k8s.io/v1"
        for (name, value) in [
            ("deprecatedSource", JSON.object(.init())), ("deprecatedFirstTimestamp", .null),
            ("deprecatedLastTimestamp", .null),
        ] where out[name] == nil { out[name] = value }
        return .object(out)
    }
}
