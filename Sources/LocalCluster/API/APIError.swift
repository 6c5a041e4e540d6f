// Why the API refuses a request, as the Status object that clients are sent. The words are those of
// the recorded server.

import Core
import Platform

/// A Status of failure.
struct APIError: Error {
    struct Cause {
        var reason: String
        var message: String
        var field: String?
    }

    var code: Int
    var reason: String?
    var message: String
    /// Members of `details` in order; nil leaves the whole member out.
    var details: JSON?
    var retryAfter: Int?
    var continueToken: String?

    var status: JSON {
        var metadata: JSON = [:]
        if let continueToken { metadata["continue"] = .string(continueToken) }
        var status: JSON = [
            "kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure",
            "message": .string(message),
        ]
        if let reason { status["reason"] = .string(reason) }
        if var details {
            if let retryAfter { details["retryAfterSeconds"] = .integer(Int64(retryAfter)) }
            status["details"] = details
        }
        status["code"] = .integer(Int64(code))
        return status
    }

    var response: Response {
        var headers: Headers = [
            "Cache-Control": "no-cache, private", "Content-Type": "application/json",
        ]
        if let retryAfter { headers["Retry-After"] = String(retryAfter) }
        return Response(status: code, headers: headers, body: status.bytes + [0x0a])
    }

    /// `details` that name one object.
    private static func details(
        _ name: String, group: String, kind: String, causes: [Cause] = []
    ) -> JSON {
        var details: JSON = [:]
        if !name.isEmpty { details["name"] = .string(name) }
        if !group.isEmpty { details["group"] = .string(group) }
        details["kind"] = .string(kind)
        if !causes.isEmpty { details["causes"] = Self.causes(causes) }
        return details
    }

    private static func causes(_ causes: [Cause]) -> JSON {
        .array(
            causes.map { cause in
                var json: JSON = [
                    "reason": .string(cause.reason), "message": .string(cause.message),
                ]
                if let field = cause.field { json["field"] = .string(field) }
                return json
            })
    }

    static func badRequest(_ message: String) -> APIError {
        APIError(code: 400, reason: "BadRequest", message: message)
    }

    static func notFound(_ resource: Resource, _ name: String) -> APIError {
        APIError(
            code: 404, reason: "NotFound", message: "\(resource.qualified) \"\(name)\" not found",
            details: details(name, group: resource.group, kind: resource.plural))
    }

    static func alreadyExists(_ resource: Resource, _ name: String) -> APIError {
        APIError(
            code: 409, reason: "AlreadyExists",
            message: "\(resource.qualified) \"\(name)\" already exists",
            details: details(name, group: resource.group, kind: resource.plural))
    }

    /// A precondition that does not hold. The recorded server names the kind here, not the
    /// resource.
    static func precondition(_ resource: Resource, _ name: String, _ why: String) -> APIError {
        APIError(
            code: 409, reason: "Conflict",
            message:
                "Operation cannot be fulfilled on \(resource.qualifiedKind) \"\(name)\": \(why)",
            details: details(name, group: resource.group, kind: resource.kind))
    }

    static func conflict(_ resource: Resource, _ name: String, _ why: String) -> APIError {
        conflict(resource.qualified, group: resource.group, kind: resource.plural, name, why)
    }

    static func conflict(
        _ subject: String, group: String, kind: String, _ name: String, _ why: String
    ) -> APIError {
        APIError(
            code: 409, reason: "Conflict",
            message: "Operation cannot be fulfilled on \(subject) \"\(name)\": \(why)",
            details: details(name, group: group, kind: kind))
    }

    /// 422 with one cause for each mistake. `kind` as messages name it.
    static func invalid(
        kind qualified: String, group: String, detailKind: String, _ name: String,
        _ mistakes: [FieldMistake]
    ) -> APIError {
        // The message says each mistake once; the causes list them as they were found.
        var texts: [String] = []
        for text in mistakes.map({ "\($0.field): \($0.message)" }) where !texts.contains(text) {
            texts.append(text)
        }
        let joined = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        return APIError(
            code: 422, reason: "Invalid", message: "\(qualified) \"\(name)\" is invalid: \(joined)",
            details: details(
                name, group: group, kind: detailKind,
                causes: mistakes.map {
                    Cause(reason: $0.reason, message: $0.message, field: $0.field)
                }))
    }

    static func invalid(
        _ resource: Resource, _ name: String, _ mistakes: [FieldMistake]
    ) -> APIError {
        // Events keep the name of their older group in validation messages.
        let core = resource.plural == "events"
        return invalid(
            kind: core ? resource.kind : resource.qualifiedKind, group: core ? "" : resource.group,
            detailKind: resource.kind, name, mistakes)
    }

    static func patchFailed() -> APIError {
        APIError(
            code: 422, reason: "Invalid",
            message: "the server rejected our request due to an error in our request", details: [:])
    }

    static func methodNotAllowed() -> APIError {
        APIError(
            code: 405, reason: "MethodNotAllowed",
            message: "the server does not allow this method on the requested resource", details: [:]
        )
    }

    static func missingSubresource() -> APIError {
        APIError(
            code: 404, reason: "NotFound",
            message: "the server could not find the requested resource", details: [:])
    }

    static func expired(_ message: String, continueToken: String? = nil) -> APIError {
        APIError(
            code: 410, reason: "Expired", message: message, continueToken: continueToken)
    }

    static func tooLargeRevision(_ wanted: Int, current: Int) -> APIError {
        APIError(
            code: 504, reason: "Timeout",
            message: "Timeout: Too large resource version: \(wanted), current: \(current)",
            details: [
                "causes": [
                    [
                        "reason": "ResourceVersionTooLarge",
                        "message": "Too large resource version",
                    ]
                ]
            ], retryAfter: 1)
    }

    static func terminating(_ resource: Resource, _ name: String, namespace: String) -> APIError {
        APIError(
            code: 403, reason: "Forbidden",
            message: "\(resource.qualified) \"\(name)\" is forbidden: unable to create new content "
                + "in namespace \(namespace) because it is being terminated",
            details: details(
                name, group: resource.group, kind: resource.plural,
                causes: [
                    Cause(
                        reason: "NamespaceTerminating",
                        message: "namespace \(namespace) is being terminated",
                        field: "metadata.namespace")
                ]))
    }

    /// An eviction that a disruption budget forbids for now.
    static func budget(_ message: String, retryAfter: Int? = nil) -> APIError {
        APIError(
            code: 429, reason: "TooManyRequests",
            message: "Cannot evict pod as it would violate the pod's disruption budget.",
            details: ["causes": [["reason": "DisruptionBudget", "message": .string(message)]]],
            retryAfter: retryAfter)
    }

    static func `internal`(_ message: String) -> APIError { APIError(code: 500, message: message) }
}

/// One wrong field of an object.
struct FieldMistake: Hashable {
    var field: String
    /// Kubernetes' cause, e.g. `FieldValueRequired`.
    var reason: String
    var message: String

    static func required(_ field: String, _ detail: String = "") -> FieldMistake {
        FieldMistake(
            field: field, reason: "FieldValueRequired",
            message: detail.isEmpty ? "Required value" : "Required value: \(detail)")
    }

    static func invalid(_ field: String, _ value: String, _ detail: String) -> FieldMistake {
        FieldMistake(
            field: field, reason: "FieldValueInvalid", message: "Invalid value: \(value): \(detail)"
        )
    }

    static func forbidden(_ field: String, _ detail: String) -> FieldMistake {
        FieldMistake(
            field: field, reason: "FieldValueForbidden", message: "Forbidden: \(detail)")
    }

    static func unsupported(_ field: String, _ value: String, _ allowed: [String]) -> FieldMistake {
        let list = allowed.map { "\"\($0)\"" }.joined(separator: ", ")
        return FieldMistake(
            field: field, reason: "FieldValueNotSupported",
            message: "Unsupported value: \"\(value)\": supported values: \(list)")
    }
}
