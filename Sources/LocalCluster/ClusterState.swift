// The whole state of the cluster and the one way to change it. API verbs and controllers are
// extensions of it; they run without waiting, inside one actor.

import Core
import Platform

/// Everything the cluster knows. Confined to `LocalCluster`.
final class ClusterState {
    let clock: any WallClock
    let settings: ClusterSettings
    var store: ObjectStore
    var random: RandomStream
    var queue = WorkQueue()
    /// What the kubelets know of each pod, by uid.
    var pods: [String: PodRuntime] = [:]
    /// What the kubelet plug must do next.
    var effects: [Effect] = []
    /// Rung when objects of a resource change.
    var bells: [Int: [Doorbell]] = [:]
    /// Rung when the controllers have work.
    var wake: Doorbell?
    /// The uptime they wait for; nil when they wait for changes only.
    var wakesAt: Duration?
    var addresses: AddressPool
    /// Open event aggregations: what happened to whom, and the event's key.
    var recentEvents: [String: ObjectKey] = [:]
    var eventOrder: [(identity: String, key: ObjectKey)] = []
    /// Pods that no node takes.
    var unscheduled: Set<ObjectKey> = []
    /// Nodes whose kubelet is off.
    var stoppedNodes: Set<String> = []
    /// Uptime of each node's last sign of life.
    var lastHeartbeat: [String: Duration] = [:]

    init(clock: any WallClock, settings: ClusterSettings, seed: UInt64) {
        self.clock = clock
        self.settings = settings
        addresses = AddressPool(network: settings.podNetwork)
        store = ObjectStore(historyLimit: settings.historyLimit)
        random = RandomStream(seed: RandomStream.fork(seed, "local-cluster"))
    }

    var now: JSON { .string(clock.now.rfc3339Seconds) }

    // MARK: changing objects

    /// Stores the object and tells everybody concerned. An object that did not change is left
    /// alone.
    @discardableResult
    func put(_ key: ObjectKey, _ json: JSON) -> StoredObject {
        if let old = store[key] {
            var same = json
            same.edit("metadata") { $0["resourceVersion"] = .string(String(old.revision)) }
            if same == old.json { return old }
        }
        let change = store.put(key, json)
        announce(change)
        return change.new
    }

    /// Changes a stored object; nil when it is not there.
    @discardableResult
    func edit(_ key: ObjectKey, _ change: (inout JSON) -> Void) -> StoredObject? {
        guard var json = store[key]?.json else { return nil }
        change(&json)
        return put(key, json)
    }

    @discardableResult
    func remove(_ key: ObjectKey, final json: JSON) -> StoredObject? {
        guard let change = store.remove(key, final: json) else { return nil }
        announce(change)
        return change.new
    }

    private func announce(_ change: Change) {
        for bell in bells.removeValue(forKey: change.new.key.resource) ?? [] { bell.ring() }
        react(to: change)
    }

    /// Wakes the controllers when there is work now, or earlier than they wait for.
    func ringIfBusy() {
        let earlier = queue.nextDue.map { due in wakesAt.map { due < $0 } ?? true } ?? false
        if !queue.isEmpty || !effects.isEmpty || earlier { wake?.ring() }
    }

    // MARK: names

    func newUID() -> String {
        let digits = Array("0123456789abcdef".utf8)
        var high = random.next()
        var low = random.next()
        high = high & 0xffff_ffff_ffff_0fff | 0x4000
        low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        var out: [UInt8] = []
        for (word, first) in [(high, true), (low, false)] {
            for index in 0..<16 {
                if first ? (index == 8 || index == 12) : (index == 0 || index == 4) {
                    out.append(45)
                }
                out.append(digits[Int(word >> UInt64(60 - index * 4) & 15)])
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Random characters of Kubernetes' alphabet without vowels and look-alikes.
    func newSuffix(_ count: Int = 5) -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)
        return String(
            decoding: (0..<count).map { _ in alphabet[random.below(alphabet.count)] }, as: UTF8.self
        )
    }
}

/// Something for the kubelet plug.
enum Effect: Sendable {
    case start(ContainerLaunch)
    case signal(ContainerID, ContainerSignal)
    case probe(ContainerID, ContainerProbe, container: Int, kind: ProbeKind)
}
