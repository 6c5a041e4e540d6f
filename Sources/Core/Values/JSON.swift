// A JSON document as a value: objects keep the order of their keys. Reading and writing text are in
// JSONReader and JSONWriter. No schema is known here.

/// One JSON value. Numbers keep whether they were whole, so that 64-bit integers survive a round
/// trip.
package enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object(Object)

    /// Members in the order they were added; a key appears once.
    package struct Object: Sendable, Hashable {
        package private(set) var members: [(key: String, value: JSON)] = []

        package init() {}

        package init(_ members: [(String, JSON)]) {
            for (key, value) in members { self[key] = value }
        }

        /// The value of `key`; setting nil removes it, setting a new key appends it.
        package subscript(key: String) -> JSON? {
            get { index(of: key).map { members[$0].value } }
            set {
                switch (index(of: key), newValue) {
                case (let at?, let value?): members[at].value = value
                case (let at?, nil): members.remove(at: at)
                case (nil, let value?): members.append((key, value))
                case (nil, nil): break
                }
            }
        }

        package var keys: [String] { members.map(\.key) }
        package var isEmpty: Bool { members.isEmpty }
        package var count: Int { members.count }

        /// Adds a member without looking for the key: for readers that already know it is new.
        package mutating func append(_ key: String, _ value: JSON) { members.append((key, value)) }

        private func index(of key: String) -> Int? { members.firstIndex { $0.key == key } }

        package static func == (left: Self, right: Self) -> Bool {
            left.members.count == right.members.count
                && left.members.allSatisfy { right[$0.key] == $0.value }
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(members.count)
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                hasher.combine(key)
                hasher.combine(value)
            }
        }
    }
}

extension JSON {
    /// The member `key` of an object; nil for anything else. Setting turns a non-object into one.
    package subscript(key: String) -> JSON? {
        get {
            if case .object(let object) = self { return object[key] }
            return nil
        }
        set {
            var object = object ?? Object()
            object[key] = newValue
            self = .object(object)
        }
    }

    /// The element at `index` of an array; nil when there is none.
    package subscript(index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The value at a path of object keys; nil when a step is missing. Setting creates objects.
    package subscript(path path: [String]) -> JSON? {
        get { path.reduce(Optional(self)) { $0?[$1] } }
        set {
            guard let first = path.first else {
                if let newValue { self = newValue }
                return
            }
            if path.count == 1 {
                self[first] = newValue
            } else {
                var child = self[first] ?? .object(Object())
                child[path: Array(path.dropFirst())] = newValue
                self[first] = child
            }
        }
    }

    package var string: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    package var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    package var integer: Int? {
        switch self {
        case .integer(let value): return Int(value)
        case .number(let value): return Int(exactly: value)
        default: return nil
        }
    }

    package var double: Double? {
        switch self {
        case .integer(let value): return Double(value)
        case .number(let value): return value
        default: return nil
        }
    }

    package var array: [JSON]? {
        if case .array(let value) = self { return value }
        return nil
    }

    package var object: Object? {
        if case .object(let value) = self { return value }
        return nil
    }

    package var isNull: Bool { self == .null }
}

// Not by a nil literal: `condition ? nil : value` would then mean a null that is there, not a
// member that is absent.
extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) { self = .object(Object(elements)) }
}
