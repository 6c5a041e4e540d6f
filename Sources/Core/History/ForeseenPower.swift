// What a round could show, computed before it began: the honest half of its verdict.

/// p* of one service, before a round.
package struct ForeseenPower: Codable, Sendable, Hashable, Comparable {
    package var service: ServiceRef
    /// The smallest bad ratio that the round could show at the traffic of the minutes before it,
    /// watched for as long as its policy says; nil when not even all bad would show.
    package var detectable: Double?

    package init(service: ServiceRef, detectable: Double?) {
        self.service = service
        self.detectable = detectable
    }

    /// Services kept of one round at most: those that it could show most of.
    package static let limit = 50

    package static func < (left: Self, right: Self) -> Bool {
        (left.detectable ?? .infinity, left.service)
            < (right.detectable ?? .infinity, right.service)
    }

    /// `service minimumDetectable?`; the service as `namespace/name`.
    package var json: JSON {
        var json: JSON = ["service": .string(service.description)]
        json["minimumDetectable"] = detectable.map { .number($0) }
        return json
    }
}
