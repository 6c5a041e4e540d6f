// Keeps all pods in little memory: one sorted array, texts interned, changes applied in place and
// additions merged in batches.

import Core

/// The owner of pods; a bare pod owns itself.
struct PodOwner: Hashable, Sendable {
    /// A number of `PodStore.namespaces`.
    var namespace: Int32
    var kind: String
    var name: String
}

/// Every known pod.
struct PodStore: Sendable {
    /// Numbers point into the store's interners; -1 means none.
    struct Record: Sendable {
        var name: String
        var uid: String
        var mark: String?
        var created: Timestamp
        var namespace: Int32
        var owner: Int32
        var node: Int32
        var labels: Int32
        var flags: Snapshot.Flags
        /// The listing that last saw it; zero for a deleted one that is not yet swept out.
        var generation: UInt32
    }

    private struct Key: Hashable, Comparable {
        var namespace: String
        var name: String
        static func < (left: Self, right: Self) -> Bool {
            (left.namespace, left.name) < (right.namespace, right.name)
        }
    }

    private(set) var namespaces = Interner<String>()
    private(set) var nodes = Interner<String>()
    private(set) var owners = Interner<PodOwner>()
    /// Label sets as sent; `labelSets` holds them parsed, under the same numbers.
    private var labelTexts = Interner<String>()
    private(set) var labelSets: [[String: String]] = []

    /// Sorted by namespace and name; may hold deleted ones.
    private var sorted: [Record] = []
    private var deleted = 0
    /// Those that came out of order since the last merge: at most `batch`.
    private var added: [Key: Record] = [:]
    private static let batch = 1024

    /// Pods that exist, sorted; merges what is pending.
    mutating func records() -> [Record] {
        settle()
        return sorted
    }

    var count: Int { sorted.count - deleted + added.count }

    /// Adds or replaces a pod.
    mutating func put(_ pod: PodObject, generation: UInt32) {
        var record = record(pod, generation)
        let key = Key(namespace: pod.meta.namespace, name: pod.meta.name)
        if let last = sorted.last, self.key(last) < key {
            sorted.append(record)
            return
        }
        if let index = find(key) {
            let old = sorted[index]
            if old.generation == 0 { deleted -= 1 }
            // The old texts are kept: a new listing then needs no new memory.
            record.name = old.name
            if old.uid == record.uid { record.uid = old.uid }
            sorted[index] = record
        } else if sorted.isEmpty {
            sorted.append(record)
        } else {
            added[key] = record
            if added.count >= Self.batch { settle() }
        }
    }

    /// Removes a pod; another one of the same name, known by another uid, stays.
    mutating func remove(_ pod: PodObject) {
        let key = Key(namespace: pod.meta.namespace, name: pod.meta.name)
        if let index = find(key), sorted[index].generation != 0 {
            if sorted[index].uid == pod.meta.uid { markDeleted(index) }
        } else if added[key]?.uid == pod.meta.uid {
            added[key] = nil
        }
    }

    /// Removes the pods (of `namespace`, when given) that the listing `generation` has not seen.
    mutating func sweep(namespace: String?, keeping generation: UInt32) {
        let only = namespace.map { namespaces.number($0) }
        for index in sorted.indices
        where sorted[index].generation != generation && sorted[index].generation != 0
            && (only == nil || sorted[index].namespace == only)
        {
            markDeleted(index)
        }
        added = added.filter {
            $0.value.generation == generation || (only != nil && $0.value.namespace != only)
        }
        settle()
    }

    private mutating func markDeleted(_ index: Int) {
        sorted[index].generation = 0
        sorted[index].mark = nil
        deleted += 1
    }

    private mutating func record(_ pod: PodObject, _ generation: UInt32) -> Record {
        let meta = pod.meta
        let namespace = namespaces.number(meta.namespace)
        let owner = PodOwner(
            namespace: namespace, kind: meta.controller?.kind ?? "Pod",
            name: meta.controller?.name ?? meta.name)
        let labels = labelTexts.number(meta.labels)
        if Int(labels) == labelSets.count { labelSets.append(ObjectMeta.labels(meta.labels)) }
        return Record(
            name: meta.name, uid: meta.uid, mark: meta.mark, created: meta.created,
            namespace: namespace, owner: owners.number(owner),
            node: pod.node.isEmpty ? -1 : nodes.number(pod.node), labels: labels,
            flags: pod.flags, generation: generation)
    }

    private func key(_ record: Record) -> Key {
        Key(namespace: namespaces[record.namespace], name: record.name)
    }

    /// Binary search in `sorted`.
    private func find(_ key: Key) -> Int? {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if self.key(sorted[middle]) < key { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && self.key(sorted[low]) == key ? low : nil
    }

    /// Merges additions in and deletions out.
    private mutating func settle() {
        if added.isEmpty && deleted == 0 { return }
        let fresh = added.sorted { $0.key < $1.key }
        var merged: [Record] = []
        merged.reserveCapacity(count)
        var next = 0
        for record in sorted where record.generation != 0 {
            let key = key(record)
            while next < fresh.count, fresh[next].key < key {
                merged.append(fresh[next].value)
                next += 1
            }
            merged.append(record)
        }
        merged += fresh[next...].map(\.value)
        sorted = merged
        added = [:]
        deleted = 0
        compact()
    }

    /// Forgets texts that no pod uses any more, once they are the larger part.
    private mutating func compact() {
        let bound = 2 * sorted.count + 1024
        if labelTexts.count > bound {
            var texts = Interner<String>()
            var sets: [[String: String]] = []
            for index in sorted.indices {
                let old = sorted[index].labels
                let new = texts.number(labelTexts[old])
                if Int(new) == sets.count { sets.append(labelSets[Int(old)]) }
                sorted[index].labels = new
            }
            labelTexts = texts
            labelSets = sets
        }
        if owners.count > bound {
            var used = Interner<PodOwner>()
            for index in sorted.indices {
                sorted[index].owner = used.number(owners[sorted[index].owner])
            }
            owners = used
        }
        if nodes.count > bound {
            var used = Interner<String>()
            for index in sorted.indices where sorted[index].node >= 0 {
                sorted[index].node = used.number(nodes[sorted[index].node])
            }
            nodes = used
        }
    }
}
