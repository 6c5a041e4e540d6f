// The cluster at one instant, as small as planning needs it: names are interned, so that 150,000
// pods fit in a few tens of megabytes and a rule looks at integers.

/// What the planner sees. Arrays refer to each other by index; -1 means none.
package struct Snapshot: Sendable {
    package var takenAt: Timestamp
    package var namespaces: [String]
    package var workloads: [Workload]
    package var nodes: [Node]
    package var labelSets: [[String: String]]
    /// Fingerprints of pod templates: equal ones run the same, however often it was restarted.
    package var templates: [UInt64] = []
    /// Sorted by namespace name, then pod name.
    package var pods: [Pod]
    package var disruptionBudgets: [DisruptionBudget]

    package init(
        takenAt: Timestamp, namespaces: [String] = [], workloads: [Workload] = [],
        nodes: [Node] = [], labelSets: [[String: String]] = [], pods: [Pod] = [],
        disruptionBudgets: [DisruptionBudget] = []
    ) {
        self.takenAt = takenAt
        self.namespaces = namespaces
        self.workloads = workloads
        self.nodes = nodes
        self.labelSets = labelSets
        self.pods = pods
        self.disruptionBudgets = disruptionBudgets
    }

    package struct Flags: OptionSet, Sendable, Hashable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        package static let ready = Flags(rawValue: 1)
        /// Phase Running.
        package static let running = Flags(rawValue: 2)
        /// Has a deletionTimestamp.
        package static let terminating = Flags(rawValue: 4)
        /// A static pod's mirror: deleting it does nothing.
        package static let mirror = Flags(rawValue: 8)
        /// Phase Succeeded or Failed.
        package static let finished = Flags(rawValue: 16)
    }

    package struct Pod: Sendable {
        package var name: String
        package var uid: String
        package var namespace: Int32
        package var workload: Int32
        package var node: Int32
        package var labels: Int32
        package var flags: Flags
        /// What its owner makes pods from; -1 when the owner has no template or is not known.
        package var template: Int32
        package var created: Timestamp
        /// The text of annotation `hazard.dev/injection`, when the pod carries it.
        package var mark: String?

        package init(
            name: String, uid: String, namespace: Int32, workload: Int32, node: Int32,
            labels: Int32, flags: Flags, template: Int32 = -1, created: Timestamp,
            mark: String? = nil
        ) {
            self.name = name
            self.uid = uid
            self.namespace = namespace
            self.workload = workload
            self.node = node
            self.labels = labels
            self.flags = flags
            self.template = template
            self.created = created
            self.mark = mark
        }
    }

    package struct Workload: Sendable {
        package var ref: WorkloadRef
        package var namespace: Int32
        /// `spec.replicas`; for a DaemonSet the desired number; 1 for a bare pod.
        package var desired: Int
        /// A rollout has not finished: observed generation behind, or not all replicas updated.
        package var rollingOut: Bool
        /// Nothing says how many pods there should be: `desired` is how many there are.
        package var isGuess = false
        /// The hash of the template that a StatefulSet goes to; nil of other kinds.
        package var revision: String?

        package init(ref: WorkloadRef, namespace: Int32, desired: Int, rollingOut: Bool) {
            self.ref = ref
            self.namespace = namespace
            self.desired = desired
            self.rollingOut = rollingOut
        }
    }

    package struct Node: Sendable {
        package var name: String
        package var uid: String
        package var zone: String
        package var ready: Bool
        package var schedulable: Bool
        package var controlPlane: Bool
        package var mark: String?

        package init(
            name: String, uid: String, zone: String, ready: Bool, schedulable: Bool,
            controlPlane: Bool, mark: String? = nil
        ) {
            self.name = name
            self.uid = uid
            self.zone = zone
            self.ready = ready
            self.schedulable = schedulable
            self.controlPlane = controlPlane
            self.mark = mark
        }
    }

    package struct DisruptionBudget: Sendable {
        package var name: String
        package var namespace: Int32
        /// As `policy/v1`: an empty selector matches every pod of the namespace; nil matches none.
        package var selector: LabelSelector?
        package var disruptionsAllowed: Int

        package init(
            name: String, namespace: Int32, selector: LabelSelector?, disruptionsAllowed: Int
        ) {
            self.name = name
            self.namespace = namespace
            self.selector = selector
            self.disruptionsAllowed = disruptionsAllowed
        }
    }
}

extension Snapshot {
    /// The pod at `index` as a target.
    package func target(_ index: Int) -> Target {
        let pod = pods[index]
        return Target(
            kind: .pod, namespace: namespaces[Int(pod.namespace)], name: pod.name, uid: pod.uid,
            workload: pod.workload < 0 ? nil : workloads[Int(pod.workload)].ref,
            node: pod.node < 0 ? nil : nodes[Int(pod.node)].name)
    }
}
