// The mark that a fault leaves on the object it touches: enough for any successor, or a person with
// kubectl, to revert it without the journal.

/// The content of annotation `hazard.dev/injection`, as JSON text.
package struct InjectionMark: Sendable, Hashable {
    /// The annotation's name.
    package static let annotation = "hazard.dev/injection"

    package var round: Int
    package var policy: String
    package var fault: String
    package var parameters: JSON
    package var undo: JSON
    package var deadline: Timestamp
    package var fencingToken: Int

    package init(
        round: Int, policy: String, fault: String, parameters: JSON, undo: JSON,
        deadline: Timestamp, fencingToken: Int
    ) {
        self.round = round
        self.policy = policy
        self.fault = fault
        self.parameters = parameters
        self.undo = undo
        self.deadline = deadline
        self.fencingToken = fencingToken
    }

    package init(_ injecting: Injecting) {
        self.init(
            round: injecting.round, policy: injecting.policy, fault: injecting.fault,
            parameters: injecting.parameters, undo: injecting.undo, deadline: injecting.deadline,
            fencingToken: injecting.fencingToken)
    }

    package var text: String {
        let json: JSON = [
            "round": .integer(Int64(round)), "policy": .string(policy), "fault": .string(fault),
            "parameters": parameters, "undo": undo, "deadline": .string(deadline.rfc3339),
            "fencingToken": .integer(Int64(fencingToken)),
        ]
        return json.text
    }

    /// Nil when `text` is not a mark: a person edited it, or another program wrote it.
    package init?(text: String) {
        guard let json = try? JSON(parsing: text), let round = json["round"]?.integer,
            let policy = json["policy"]?.string, let fault = json["fault"]?.string,
            let deadline = json["deadline"]?.string.flatMap({ Timestamp(rfc3339: $0) }),
            let token = json["fencingToken"]?.integer
        else { return nil }
        self.init(
            round: round, policy: policy, fault: fault, parameters: json["parameters"] ?? [:],
            undo: json["undo"] ?? [:], deadline: deadline, fencingToken: token)
    }
}
