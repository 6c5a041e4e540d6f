import Core
import Kubernetes
import Platform
import Testing

/// The scanner against the strict reader of Core: what both accept, they read alike.
@Suite struct ScannerTests {
    /// What a pod is, read the slow and obvious way.
    private struct Reference: Equatable {
        var name, namespace, uid, version, node, owner: String
        var labels: [String: String]
        var flags: Snapshot.Flags
        var created: Timestamp
        var mark: String?

        init(_ pod: JSON) {
            let meta = pod["metadata"] ?? [:]
            func text(_ json: JSON?, _ key: String) -> String { json?[key]?.string ?? "" }
            name = text(meta, "name")
            namespace = text(meta, "namespace")
            uid = text(meta, "uid")
            version = text(meta, "resourceVersion")
            node = text(pod["spec"], "nodeName")
            let owners = meta["ownerReferences"]?.array ?? []
            let controller = owners.last { $0["controller"] == true }
            owner = text(controller, "kind") + "/" + text(controller, "name")
            labels = [:]
            for (key, value) in meta["labels"]?.object?.members ?? [] { labels[key] = value.string }
            created =
                meta["creationTimestamp"]?.string.flatMap { Timestamp(rfc3339: $0) }
                ?? Timestamp(nanoseconds: 0)
            mark = meta["annotations"]?["hazard.dev/injection"]?.string
            flags = []
            let phase = text(pod["status"], "phase")
            if phase == "Running" { flags.insert(.running) }
            if phase == "Succeeded" || phase == "Failed" { flags.insert(.finished) }
            if meta["deletionTimestamp"]?.string != nil { flags.insert(.terminating) }
            if meta["annotations"]?["kubernetes.io/config.mirror"] != nil { flags.insert(.mirror) }
            let conditions = pod[path: ["status", "conditions"]]?.array ?? []
            if conditions.contains(where: { $0["type"] == "Ready" && $0["status"] == "True" }) {
                flags.insert(.ready)
            }
        }

        init(_ pod: PodObject) {
            name = pod.meta.name
            namespace = pod.meta.namespace
            uid = pod.meta.uid
            version = pod.meta.resourceVersion
            node = pod.node
            owner = (pod.meta.controller?.kind ?? "") + "/" + (pod.meta.controller?.name ?? "")
            labels = [:]
            if let json = try? JSON(parsing: pod.meta.labels) {
                for (key, value) in json.object?.members ?? [] { labels[key] = value.string }
            }
            flags = pod.flags
            created = pod.meta.created
            mark = pod.meta.mark
        }
    }

    @Test(arguments: [
        "pods-list", "pods-list-limit-1of3", "pods-list-limit-2of3", "pods-list-limit-3of3",
        "pods-list-resourceversion-0", "pods-list-label-selector", "pods-list-field-selector",
        "pods-list-empty", "pods-list-missing-namespace", "pods-list-continue-410-resumed",
        "pods-deletecollection",
    ])
    func recordedListsReadAlike(fixture: String) throws {
        let body = try Fixture(fixture).response.body
        let json = try JSON(parsing: body)
        let page = try ListPage<PodObject>(parsing: body)
        #expect(page.resourceVersion == json[path: ["metadata", "resourceVersion"]]?.string)
        #expect(page.next == json[path: ["metadata", "continue"]]?.string ?? "")
        let expected = (json["items"]?.array ?? []).map { Reference($0) }
        #expect(page.items.map { Reference($0) } == expected)
    }

    @Test(arguments: [
        "pods-watch", "pods-watch-label-selector", "pods-watch-resourceversion-0",
        "pods-watch-no-resourceversion", "pods-watchlist", "pods-watch-too-old",
    ])
    func recordedWatchesReadAlike(fixture: String) throws {
        let body = try Fixture(fixture).response.body
        var splitter = LineSplitter()
        let lines = try splitter.lines(from: body)
        #expect(!lines.isEmpty && !splitter.hasPartialLine)
        for line in lines {
            let json = try JSON(parsing: line)
            let object = json["object"] ?? [:]
            let type = json["type"]?.string
            switch try WatchEvent<PodObject>(parsing: line) {
            case .updated(let pod):
                #expect(type == "ADDED" || type == "MODIFIED")
                #expect(Reference(pod) == Reference(object))
            case .deleted(let pod):
                #expect(type == "DELETED")
                #expect(Reference(pod) == Reference(object))
            case .bookmark(let version):
                #expect(type == "BOOKMARK")
                #expect(version == object[path: ["metadata", "resourceVersion"]]?.string)
            case .failed(let status):
                #expect(type == "ERROR" && status.code == 410 && status.reason == "Expired")
            case .unknown(let type): Issue.record("unknown type \(type)")
            }
        }
    }

    @Test func aListCutAnywhereIsRefused() throws {
        let body = try Fixture("pods-list-limit-3of3").response.body
        let end = try #require(body.lastIndex(of: 0x7d))
        for length in stride(from: 0, through: end, by: 41) {
            #expect(throws: JSONError.self) {
                try ListPage<PodObject>(parsing: Array(body[..<length]))
            }
        }
        _ = try ListPage<PodObject>(parsing: Array(body[...end]))
    }

    @Test(arguments: 0..<20)
    func damagedListsNeverMislead(seed: Int) throws {
        var random = RandomStream(seed: UInt64(seed))
        let original = try Fixture("pods-list").response.body
        #expect(try JSON(parsing: original).bytes + [0x0a] == original)
        var compared = 0
        for _ in 0..<20 {
            var body = original
            for _ in 0...random.below(3) {
                let at = random.below(body.count)
                switch random.below(4) {
                case 0: body[at] = UInt8(truncatingIfNeeded: random.next())
                case 1: body.remove(at: at)
                case 2: body.insert(Array("\"\\{}[],:\u{1}n".utf8)[random.below(10)], at: at)
                default: body.removeSubrange(at..<min(body.count, at + random.below(200)))
                }
            }
            // Repeated and escaped keys, which servers do not write, may read otherwise: compare
            // where writing what was read gives the text back.
            guard let page = try? ListPage<PodObject>(parsing: body),
                let json = try? JSON(parsing: body), json.bytes + [0x0a] == body
            else { continue }
            let expected = (json["items"]?.array ?? []).map { Reference($0) }
            #expect(page.items.map { Reference($0) } == expected, "seed \(seed)")
            compared += 1
        }
        #expect(compared > 0)
    }

    @Test(arguments: 0..<100)
    func shapesKeepExactlyWhatTheyName(seed: Int) throws {
        var random = RandomStream(seed: UInt64(seed))
        let json = Self.value(&random, depth: 4)
        let text = random.below(2) == 0 ? json.bytes : Array(json.pretty.utf8)
        var whole = JSONCursor()
        #expect(try whole.json(.all, in: text.span) == json)
        try whole.end(in: text.span)
        var skipping = JSONCursor()
        try skipping.skip(in: text.span)
        try skipping.end(in: text.span)
        let shape = JSONShape.members([
            ("a", .all), ("b", .elements(.members([("a", .all)]))), ("c", .members([("a", .all)])),
        ])
        var pruned = JSONCursor()
        #expect(try pruned.json(shape, in: text.span) == Self.pruned(json))
        try pruned.end(in: text.span)
    }

    private static func pruned(_ json: JSON) -> JSON {
        guard json.object != nil else { return .null }
        var kept = JSON.Object()
        if let a = json["a"] { kept["a"] = a }
        if let b = json["b"] {
            kept["b"] = b.array.map { .array($0.map { onlyA($0) }) } ?? .null
        }
        if let c = json["c"] { kept["c"] = onlyA(c) }
        return .object(kept)
    }

    private static func onlyA(_ json: JSON) -> JSON {
        guard json.object != nil else { return .null }
        var kept = JSON.Object()
        if let a = json["a"] { kept["a"] = a }
        return .object(kept)
    }

    private static func value(_ random: inout RandomStream, depth: Int) -> JSON {
        switch random.below(depth > 0 ? 8 : 5) {
        case 0: return .null
        case 1: return .bool(random.below(2) == 0)
        case 2: return .integer(Int64(truncatingIfNeeded: random.next()))
        case 3: return .number(random.unit() * 1e3)
        case 4: return .string(["", "a", "\"\\\u{7}", "é}]", "\n[{"][random.below(5)])
        case 5: return .array((0..<random.below(4)).map { _ in value(&random, depth: depth - 1) })
        default:
            var object = JSON.Object()
            for key in ["a", "b", "c", "d{", "e\""].prefix(random.below(6)) {
                object[key] = value(&random, depth: depth - 1)
            }
            return .object(object)
        }
    }

    @Test(arguments: [
        "", "[]", "null", "{}", #"{"items":[]}"#, #"{"metadata":{"resourceVersion":"1"}}"#,
        #"{"metadata":{"resourceVersion":"1"},"items":[]} x"#,
        #"{"metadata":{"resourceVersion":"1"},"items":[{},]}"#,
        #"{"metadata":{"resourceVersion":"1"},,"items":[]}"#,
        #"{"metadata":{"resourceVersion":"1"} "items":[]}"#,
        #"{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":7}}]}"#,
    ])
    func whatIsNoListIsRefused(text: String) {
        #expect(throws: JSONError.self) { try ListPage<PodObject>(parsing: Array(text.utf8)) }
    }

    @Test func linesAreCutWhereverThePiecesAre() throws {
        let body = try Fixture("pods-watch").response.body
        var splitter = LineSplitter()
        let whole = try splitter.lines(from: body)
        for size in [1, 2, 3, 1000, 4096] {
            var splitter = LineSplitter()
            var lines: [[UInt8]] = []
            for start in stride(from: 0, to: body.count, by: size) {
                lines += try splitter.lines(
                    from: Array(body[start..<min(body.count, start + size)]))
            }
            #expect(lines == whole)
        }
        var bounded = LineSplitter(limit: 10)
        #expect(throws: Failure.self) { try bounded.lines(from: Array("0123456789a".utf8)) }
    }
}
