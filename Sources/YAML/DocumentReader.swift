// Parser events to trees of configuration values. Decides what is refused although it is YAML:
// aliases, anchors, foreign tags, merge keys, repeated keys, deep nesting.

internal import Core

/// Reads all documents of one text. Mistakes that leave the structure readable are collected; a
/// syntax error ends the reading.
struct DocumentReader {
    private(set) var errors: [ConfigError] = []
    private let events: EventStream

    init(_ bytes: [UInt8]) { events = EventStream(bytes) }

    mutating func documents() -> [ConfigNode] {
        var documents: [ConfigNode] = []
        do throws(ConfigError) {
            while true {
                let event = try events.next()
                switch event.kind {
                case .streamEnd: return documents
                case .streamStart, .documentStart, .documentEnd: continue
                default:
                    let node = try node(event, depth: 0)
                    if node.content != .null { documents.append(node) }
                }
            }
        } catch {
            errors.append(error)
            return documents
        }
    }

    /// The value that begins with `event`.
    private mutating func node(_ event: Event, depth: Int) throws(ConfigError) -> ConfigNode {
        refuseAnchor(event)
        if depth > YAML.depthLimit {
            throw ConfigError(
                line: event.line, column: event.column,
                message: "nested deeper than \(YAML.depthLimit) levels", fix: "nest less deeply")
        }
        switch event.kind {
        case .scalar(let text, let plain): return scalar(event, text, plain: plain)
        case .sequenceStart:
            checkTag(event, "tag:yaml.org,2002:seq")
            return try sequence(event, depth: depth)
        case .mappingStart:
            checkTag(event, "tag:yaml.org,2002:map")
            return try mapping(event, depth: depth)
        case .alias(let name):
            add(event, "the alias *\(name) is not allowed", fix: "write the value out here")
            return ConfigNode(.null, line: event.line, column: event.column)
        default:
            throw ConfigError(
                line: event.line, column: event.column, message: "YAML: expected a value")
        }
    }

    private mutating func sequence(
        _ start: Event, depth: Int
    ) throws(ConfigError) -> ConfigNode {
        var elements: [ConfigNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { break }
            elements.append(try node(event, depth: depth + 1))
        }
        return ConfigNode(.sequence(elements), line: start.line, column: start.column)
    }

    private mutating func mapping(_ start: Event, depth: Int) throws(ConfigError) -> ConfigNode {
        var members: [ConfigNode.Member] = []
        var lines: [String: (line: Int, column: Int)] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { break }
            guard let key = try key(event, depth: depth) else {
                _ = try node(try events.next(), depth: depth + 1)
                continue
            }
            let value = try node(try events.next(), depth: depth + 1)
            if let first = lines[key] {
                add(
                    event,
                    "the key \"\(key)\" is repeated; "
                        + "it first stands at \(first.line):\(first.column)",
                    fix: "keep one of the two")
                continue
            }
            lines[key] = (event.line, event.column)
            members.append(
                ConfigNode.Member(
                    key: key, keyLine: event.line, keyColumn: event.column, value: value))
        }
        return ConfigNode(.mapping(members), line: start.line, column: start.column)
    }

    /// The text of a key, or nil (with an error) when it cannot be one.
    private mutating func key(_ event: Event, depth: Int) throws(ConfigError) -> String? {
        let value = try node(event, depth: depth + 1)
        switch value.content {
        case .scalar("<<", quoted: false):
            add(event, "merge keys (<<) are not allowed", fix: "write the fields out here")
            return nil
        case .scalar(let text, _): return text
        case .null:
            if case .alias = event.kind { return nil }
            add(event, "a key is missing", fix: "write \"key: value\"")
            return nil
        case .sequence, .mapping:
            add(event, "a key must be a single value", fix: "write \"key: value\"")
            return nil
        }
    }

    private mutating func scalar(_ event: Event, _ text: String, plain: Bool) -> ConfigNode {
        var quoted = !plain
        switch event.tag {
        case nil: break
        case "!", "tag:yaml.org,2002:str": quoted = true
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool",
            "tag:yaml.org,2002:null":
            quoted = false
        case let tag?: refuse(tag, event)
        }
        let isNull = !quoted && ["", "~", "null", "Null", "NULL"].contains(text)
        let content: ConfigNode.Content = isNull ? .null : .scalar(text, quoted: quoted)
        return ConfigNode(content, line: event.line, column: event.column)
    }

    private mutating func checkTag(_ event: Event, _ core: String) {
        if let tag = event.tag, tag != "!", tag != core { refuse(tag, event) }
    }

    private mutating func refuse(_ tag: String, _ event: Event) {
        let core = "tag:yaml.org,2002:"
        let written = tag.hasPrefix(core) ? "!!" + tag.dropFirst(core.count) : tag
        add(event, "the tag \(written) is not allowed", fix: "remove it")
    }

    private mutating func refuseAnchor(_ event: Event) {
        if let anchor = event.anchor {
            add(
                event, "the anchor &\(anchor) is not allowed", fix: "remove it and write values out"
            )
        }
    }

    private mutating func add(_ event: Event, _ message: String, fix: String) {
        // A bound, because each mistake may quote the text.
        guard errors.count < 100 else { return }
        errors.append(
            ConfigError(line: event.line, column: event.column, message: message, fix: fix))
    }
}
