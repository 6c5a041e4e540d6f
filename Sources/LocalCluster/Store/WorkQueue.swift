// What the controllers still have to look at, and when they have to look again. Each item is in the
// queue once; the order is first come, first served, so that a run is a function of its seed.

import Core

/// One thing for a controller to look at.
enum Work: Hashable, Sendable {
    case deployment(ObjectKey)
    case replicaSet(ObjectKey)
    case statefulSet(ObjectKey)
    /// Scheduling and the kubelet's side of a pod.
    case pod(ObjectKey)
    /// The containers of a pod that is gone from the store.
    case orphan(uid: String)
    case endpoints(ObjectKey)
    case budget(ObjectKey)
    case node(ObjectKey)
    case heartbeat(ObjectKey)
    case namespace(ObjectKey)
    /// Dependents of an owner that is gone.
    case collect(uid: String)
    /// An owner that waits for its dependents, or for their release.
    case finalize(ObjectKey)
    case probe(uid: String, container: Int, kind: ProbeKind)
}

/// Items now, and items later.
struct WorkQueue {
    private var items: [Work] = []
    private var head = 0
    private var queued: Set<Work> = []
    /// By due time, then by order of arrival: a binary heap.
    private var timers: [(due: Duration, number: Int, work: Work)] = []
    /// The earliest timer of each item; others are stale.
    private var scheduled: [Work: Duration] = [:]
    private var number = 0

    var isEmpty: Bool { head == items.count }
    var nextDue: Duration? { timers.first?.due }

    mutating func add(_ work: Work) {
        if queued.insert(work).inserted { items.append(work) }
    }

    /// Looks at `work` again at `due` (uptime), or earlier if that was asked for already.
    mutating func add(_ work: Work, at due: Duration) {
        if let earlier = scheduled[work], earlier <= due { return }
        scheduled[work] = due
        number += 1
        timers.append((due, number, work))
        siftUp(timers.count - 1)
    }

    mutating func next() -> Work? {
        guard head < items.count else {
            items.removeAll(keepingCapacity: true)
            head = 0
            return nil
        }
        defer { head += 1 }
        queued.remove(items[head])
        return items[head]
    }

    /// Moves what is due at `now` to the queue.
    mutating func advance(to now: Duration) {
        while let first = timers.first, first.due <= now {
            popFirst()
            if scheduled[first.work] == first.due {
                scheduled[first.work] = nil
                add(first.work)
            }
        }
    }

    private func before(_ left: Int, _ right: Int) -> Bool {
        (timers[left].due, timers[left].number) < (timers[right].due, timers[right].number)
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0, before(index, (index - 1) / 2) {
            timers.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func popFirst() {
        timers.swapAt(0, timers.count - 1)
        timers.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < timers.count && before(child, least) { least = child }
            if least == index { return }
            timers.swapAt(index, least)
            index = least
        }
    }
}
