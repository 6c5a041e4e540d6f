// The payloads of events about what strikes cost, what was earned, and why a round ended early.

/// Requests that failed because of a strike, since the last such event of the same round or
/// anomaly.
package struct Harmed: Codable, Sendable, Hashable {
    package var round: Int
    /// The anomaly that went on when its round was over; nil for failures of the running round.
    package var anomaly: Int?
    /// Bad responses beyond the baseline, greater than 0.
    package var failed: Double

    package init(round: Int, anomaly: Int? = nil, failed: Double) {
        self.round = round
        self.anomaly = anomaly
        self.failed = failed
    }
}

/// The pod templates of a namespace are not those that were known.
package struct Deployed: Codable, Sendable, Hashable {
    /// A workload and the hash of the template that counts as deployed.
    package struct Revision: Codable, Sendable, Hashable {
        package var workload: WorkloadRef
        package var template: String
        /// The fingerprint of what the template runs; nil when it is not known, or in journals of
        /// earlier versions.
        package var version: String?
        /// Hashes of other templates that have pods too, in order; nil when there are none, and in
        /// journals of earlier versions.
        package var others: [String]?
        package init(
            workload: WorkloadRef, template: String, version: String? = nil,
            others: [String]? = nil
        ) {
            self.workload = workload
            self.template = template
            self.version = version
            self.others = others
        }
    }

    package var namespace: String
    /// All workloads of the namespace that have templates, in order.
    package var revisions: [Revision]
    /// Those that are new or have another template than before, in order.
    package var changed: [WorkloadRef]
    /// Those of `changed` that were known and now run something else, in order: the others are new
    /// or were only restarted. Nil in journals of earlier versions.
    package var rolledOut: [WorkloadRef]?
    /// When the newest pod of those was made; nil when there are none.
    package var since: Timestamp?

    package init(
        namespace: String, revisions: [Revision], changed: [WorkloadRef],
        rolledOut: [WorkloadRef]? = nil, since: Timestamp? = nil
    ) {
        self.namespace = namespace
        self.revisions = revisions
        self.changed = changed
        self.rolledOut = rolledOut
        self.since = since
    }
}

/// A round was ended before its time by what happened while it ran.
package struct Aborted: Codable, Sendable, Hashable {
    /// Why a round was ended before its time.
    package enum Cause: String, Codable, Sendable, CaseIterable {
        /// Services that the target cannot touch became anomalous: the verdict is void.
        case externalIncident = "external-incident"
        /// The failed requests of the budget were used up.
        case budget
        /// The judge lost sight of the round, so nobody counts its harm: the clock was set back.
        case unjudged
    }

    package var round: Int
    package var cause: Cause
    /// One sentence with numbers.
    package var reason: String
    /// The anomalous services of an external incident, in order.
    package var services: [ServiceRef]

    package init(round: Int, cause: Cause, reason: String, services: [ServiceRef] = []) {
        self.round = round
        self.cause = cause
        self.reason = reason
        self.services = services
    }
}

/// What sham rounds say of the judge: journaled when the answer changes.
package struct Calibrated: Codable, Sendable, Hashable {
    package var isMiscalibrated: Bool
    /// Sham rounds that were judged, and those in which harm was seen.
    package var shams: Int
    package var blamed: Int
    /// The error rate of a round that is promised.
    package var alpha: Double

    package init(isMiscalibrated: Bool, shams: Int, blamed: Int, alpha: Double) {
        self.isMiscalibrated = isMiscalibrated
        self.shams = shams
        self.blamed = blamed
        self.alpha = alpha
    }
}
