// One watch: where it stands in the history and what it sends next. It never waits itself; the
// cluster asks it again when something changed.

import Core
import Platform

/// A watch of one resource.
struct Watch {
    var request: APIRequest
    var selection: Selection
    /// The last revision that was looked at.
    var cursor: Int
    /// Objects to send first, as ADDED.
    var initial: [StoredObject]
    /// Send the bookmark that ends the initial events.
    var announcesEnd: Bool
    var bookmarks: Bool
    /// Uptime at which the watch ends.
    var end: Duration
    var nextBookmark: Duration
    var sentColumns = false
    var isOver = false
    /// A failure to send as the only event.
    var failure: APIError?

    static let bookmarkPeriod: Duration = .seconds(60)

    /// The next pieces to send, or nothing when there is nothing new.
    mutating func events(of cluster: ClusterState) -> [UInt8] {
        var out: [UInt8] = []
        if let failure {
            isOver = true
            write("ERROR", failure.status, &out)
            return out
        }
        sendInitial(&out, cluster)
        let resource = request.resource.storage
        if cursor < cluster.store.compacted(resource) {
            isOver = true
            let current = cluster.store.compacted(resource)
            write(
                "ERROR",
                APIError.expired("too old resource version: \(cursor) (\(current))").status,
                &out)
            return out
        }
        let changes = cluster.store.changes(resource, after: cursor, most: 500)
        for change in changes {
            cursor = change.revision
            send(change, &out, cluster)
        }
        if changes.count == 500 { return out }
        let uptime = cluster.clock.uptime
        if uptime >= end {
            isOver = true
            if bookmarks { bookmark(&out, cluster) }
        } else if bookmarks, uptime >= nextBookmark {
            nextBookmark = uptime + Self.bookmarkPeriod
            cursor = max(cursor, cluster.store.revision)
            bookmark(&out, cluster)
        }
        return out
    }

    private mutating func sendInitial(_ out: inout [UInt8], _ cluster: ClusterState) {
        for object in initial where selection.matches(object.json) {
            write("ADDED", render(object, cluster), &out)
        }
        initial = []
        if announcesEnd {
            announcesEnd = false
            bookmark(&out, cluster, annotations: ["k8s.io/initial-events-end": "true"])
        }
    }

    private mutating func send(_ change: Change, _ out: inout [UInt8], _ cluster: ClusterState) {
        let object = change.new
        if let namespace = request.namespace, object.key.namespace != namespace { return }
        let matches = change.kind != .deleted && selection.matches(object.json)
        let matched = change.old.map { selection.matches($0.json) } ?? false
        let type: Change.Kind
        switch (matched, matches) {
        case (false, true): type = .added
        case (true, true): type = .modified
        case (true, false): type = .deleted
        case (false, false): return
        }
        write(type.rawValue, render(object, cluster), &out)
    }

    private mutating func render(_ object: StoredObject, _ cluster: ClusterState) -> JSON {
        switch request.form {
        case .object: return cluster.present(object, request.resource)
        case .partial: return Partial.object(object.json)
        case .table:
            defer { sentColumns = true }
            return cluster.table(
                [object], request, revision: object.revision, withColumns: !sentColumns)
        }
    }

    private func bookmark(
        _ out: inout [UInt8], _ cluster: ClusterState, annotations: [String: String] = [:]
    ) {
        var metadata: JSON = ["resourceVersion": .string(String(cursor))]
        if !annotations.isEmpty { metadata["annotations"] = .strings(annotations) }
        var json: JSON = [
            "kind": .string(request.resource.kind),
            "apiVersion": .string(request.resource.groupVersion), "metadata": metadata,
        ]
        switch request.form {
        case .partial:
            json["kind"] = "PartialObjectMetadata"
            json["apiVersion"] = "meta.k8s.io/v1"
        case .table:
            let object = StoredObject(
                key: request.key, json: json, revision: cursor, uid: "")
            json = cluster.table([object], request, revision: cursor, withColumns: !sentColumns)
        case .object:
            if request.resource.plural == "pods" {
                json["spec"] = ["containers": .null]
                json["status"] = [:]
            }
        }
        write("BOOKMARK", json, &out)
    }

    private func write(_ type: String, _ object: JSON, _ out: inout [UInt8]) {
        out += "{\"type\":\"\(type)\",\"object\":".utf8
        object.write(to: &out)
        out += "}\n".utf8
    }
}

extension ClusterState {
    /// Begins a watch as the query asks.
    func watch(_ request: APIRequest) throws(APIError) -> Watch {
        let selection = try Selection(request)
        let text = request.query["resourceVersion"] ?? ""
        let sendsInitial = request.query["sendInitialEvents"].map { $0 == "true" || $0 == "1" }
        if sendsInitial != nil, request.query["resourceVersionMatch"] != "NotOlderThan" {
            throw .invalid(
                kind: "ListOptions.meta.k8s.io", group: "meta.k8s.io", detailKind: "ListOptions",
                "",
                [
                    .forbidden(
                        "resourceVersionMatch",
                        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
                ])
        }
        guard let revision = text.isEmpty ? 0 : UInt64(text).map({ Int(clamping: $0) }) else {
            throw .internal(
                "resourceVersion: Invalid value: \"\(text)\": strconv.ParseUint: parsing "
                    + "\"\(text)\": invalid syntax")
        }
        if revision > store.revision { throw .tooLargeRevision(revision, current: store.revision) }
        let fromNow = sendsInitial ?? (revision == 0)
        let seconds = request.query["timeoutSeconds"].flatMap { Int($0) }.map {
            Duration.seconds($0)
        }
        let initial =
            fromNow ? store.list(request.resource.storage, namespace: request.namespace) : []
        var watch = Watch(
            request: request, selection: selection,
            cursor: fromNow || revision == 0 ? store.revision : revision, initial: initial,
            announcesEnd: sendsInitial == true, bookmarks: request.flag("allowWatchBookmarks"),
            end: clock.uptime + (seconds ?? settings.watchTimeout),
            nextBookmark: clock.uptime + Watch.bookmarkPeriod)
        let compacted = store.compacted(request.resource.storage)
        if !fromNow, revision > 0, revision < compacted {
            watch.failure = .expired("too old resource version: \(revision) (\(compacted))")
        }
        return watch
    }
}
