// The objects of one resource and their recent history. It knows nothing of what the objects mean.

/// Objects in order, and the last changes for watches that resume.
struct ObjectTable {
    private var objects: [ObjectKey: StoredObject] = [:]
    private var order: [ObjectKey] = []
    private var history: [Change] = []
    /// Changes up to this revision are forgotten.
    private(set) var compacted = 0
    private let limit: Int

    init(historyLimit: Int) { limit = historyLimit }

    var count: Int { order.count }

    subscript(key: ObjectKey) -> StoredObject? { objects[key] }

    /// Every object, or those of one namespace, in order.
    func list(namespace: String?) -> [StoredObject] {
        guard let namespace else { return order.compactMap { objects[$0] } }
        var at = position { ($0.namespace, $0.name) < (namespace, "") }
        var out: [StoredObject] = []
        while at < order.count, order[at].namespace == namespace {
            if let object = objects[order[at]] { out.append(object) }
            at += 1
        }
        return out
    }

    /// As `list`, as it was at `revision`, which must not be forgotten yet.
    func list(namespace: String?, at revision: Int) -> [StoredObject] {
        guard let last = history.last, last.revision > revision else {
            return list(namespace: namespace)
        }
        var past = objects
        for change in history.reversed() where change.revision > revision {
            past[change.new.key] = change.old
        }
        return past.values.filter { namespace == nil || $0.key.namespace == namespace }
            .sorted { $0.key < $1.key }
    }

    /// The changes after `revision`, oldest first, at most `most` of them.
    func changes(after revision: Int, most: Int) -> ArraySlice<Change> {
        var low = 0
        var high = history.count
        while low < high {
            let middle = (low + high) / 2
            if history[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        return history[low..<min(history.count, low + most)]
    }

    mutating func put(_ object: StoredObject) -> Change {
        let old = objects.updateValue(object, forKey: object.key)
        if old == nil { order.insert(object.key, at: position { $0 < object.key }) }
        return remember(
            Change(
                revision: object.revision, kind: old == nil ? .added : .modified, old: old,
                new: object))
    }

    /// Takes the object out; `final` is its last state.
    mutating func remove(_ final: StoredObject) -> Change? {
        guard let old = objects.removeValue(forKey: final.key) else { return nil }
        let at = position { $0 < final.key }
        if at < order.count, order[at] == final.key { order.remove(at: at) }
        return remember(Change(revision: final.revision, kind: .deleted, old: old, new: final))
    }

    /// Forgets the history, as a compaction does.
    mutating func compact(upTo revision: Int) {
        history.removeAll { $0.revision <= revision }
        compacted = max(compacted, revision)
    }

    private mutating func remember(_ change: Change) -> Change {
        history.append(change)
        if history.count > limit * 2 {
            compacted = history[limit - 1].revision
            history.removeFirst(limit)
        }
        return change
    }

    /// The first position whose key does not satisfy `before`.
    private func position(_ before: (ObjectKey) -> Bool) -> Int {
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if before(order[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
