// RFC 6902: a list of operations on a JSON document. It knows nothing of Kubernetes.

import Core

/// One JSON Patch document.
struct JSONPatch {
    /// The patch is not one, or an operation of it does not apply.
    struct Mismatch: Error {
        var message: String
    }

    private let operations: [JSON]

    init(_ json: JSON) throws(Mismatch) {
        guard let operations = json.array else { throw Mismatch(message: "not a list") }
        self.operations = operations
    }

    func applied(to document: JSON) throws(Mismatch) -> JSON {
        var out = document
        for operation in operations {
            guard let op = operation["op"]?.string, let path = operation["path"]?.string else {
                throw Mismatch(message: "an operation needs op and path")
            }
            let at = try Self.pointer(path)
            switch op {
            case "add": try Self.add(operation["value"] ?? .null, at, &out)
            case "remove": _ = try Self.remove(at, &out)
            case "replace":
                guard Self.get(at, out) != nil else {
                    throw Mismatch(message: "replace of a missing path \(path)")
                }
                try Self.set(operation["value"] ?? .null, at, &out)
            case "test":
                guard Self.get(at, out) ?? .null == operation["value"] ?? .null else {
                    throw Mismatch(message: "testing value \(path) failed")
                }
            case "move", "copy":
                let from = try Self.pointer(operation["from"]?.string ?? "")
                guard let value = Self.get(from, out) else {
                    throw Mismatch(message: "\(op) from a missing path")
                }
                if op == "move" { _ = try Self.remove(from, &out) }
                try Self.add(value, at, &out)
            default: throw Mismatch(message: "unknown operation \(op)")
            }
        }
        return out
    }

    /// RFC 6901: `~1` is a slash, `~0` a tilde.
    private static func pointer(_ text: String) throws(Mismatch) -> [String] {
        if text.isEmpty { return [] }
        guard text.hasPrefix("/") else { throw Mismatch(message: "path must start with /") }
        return text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            part in
            var out = ""
            var escaped = false
            for character in part {
                if escaped {
                    out.append(character == "1" ? "/" : "~")
                    escaped = false
                } else if character == "~" {
                    escaped = true
                } else {
                    out.append(character)
                }
            }
            return out
        }
    }

    private static func get(_ path: [String], _ document: JSON) -> JSON? {
        path.reduce(Optional(document)) { value, step in
            if case .array(let elements) = value {
                guard let index = Int(step), elements.indices.contains(index) else { return nil }
                return elements[index]
            }
            return value?[step]
        }
    }

    private static func add(
        _ value: JSON, _ path: [String], _ document: inout JSON
    ) throws(Mismatch) {
        try change(path, &document) { (parent, last) throws(Mismatch) in
            if case .array(var elements) = parent {
                if last == "-" {
                    elements.append(value)
                } else if let index = Int(last), index >= 0, index <= elements.count {
                    elements.insert(value, at: index)
                } else {
                    throw Mismatch(message: "no such index \(last)")
                }
                parent = .array(elements)
            } else {
                parent[last] = value
            }
        } root: {
            $0 = value
        }
    }

    private static func set(
        _ value: JSON, _ path: [String], _ document: inout JSON
    ) throws(Mismatch) {
        try change(path, &document) { (parent, last) throws(Mismatch) in
            if case .array(var elements) = parent, let index = Int(last),
                elements.indices.contains(index)
            {
                elements[index] = value
                parent = .array(elements)
            } else {
                parent[last] = value
            }
        } root: {
            $0 = value
        }
    }

    private static func remove(
        _ path: [String], _ document: inout JSON
    ) throws(Mismatch) -> Bool {
        guard get(path, document) != nil else { throw Mismatch(message: "no such path") }
        try change(path, &document) { (parent, last) throws(Mismatch) in
            if case .array(var elements) = parent, let index = Int(last) {
                elements.remove(at: index)
                parent = .array(elements)
            } else {
                parent[last] = nil
            }
        } root: {
            $0 = .null
        }
        return true
    }

    /// Hands the parent of the path's last step to `edit` and puts it back.
    private static func change(
        _ path: [String], _ document: inout JSON,
        edit: (inout JSON, String) throws(Mismatch) -> Void, root: (inout JSON) -> Void
    ) throws(Mismatch) {
        guard let first = path.first else { return root(&document) }
        if path.count == 1 {
            guard document.object != nil || document.array != nil else {
                throw Mismatch(message: "no such path")
            }
            return try edit(&document, first)
        }
        guard var child = get([first], document) else { throw Mismatch(message: "no such path") }
        try change(Array(path.dropFirst()), &child, edit: edit, root: root)
        if case .array(var elements) = document, let index = Int(first) {
            elements[index] = child
            document = .array(elements)
        } else {
            document[first] = child
        }
    }
}
