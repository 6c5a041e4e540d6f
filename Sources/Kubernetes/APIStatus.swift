// What the API server says when it says no: the Status object, and what it means for a caller.

import Core
package import Platform

/// The parts of a `v1` Status (or of a plain-text refusal) that decisions need.
package struct APIStatus: Sendable, Hashable {
    package var code: Int
    /// Machine-readable, e.g. `NotFound`; empty when the server gave none.
    package var reason: String
    package var message: String
    /// Machine-readable reasons and messages of `details.causes`.
    package var causes: [Cause]
    package var retryAfter: Duration?

    package struct Cause: Sendable, Hashable {
        package var reason: String
        package var message: String
        package var field: String
    }

    /// Reads a refusal. Proxies and admission at the door answer with plain text: it becomes the
    /// message, cut to a line.
    package init(_ response: Response) {
        self.init(
            body: response.body, code: response.status,
            retryAfter: response.headers["Retry-After"].flatMap(Int.init))
    }

    /// Reads a Status from `body`; `code` is used when the body names none.
    package init(body: [UInt8], code: Int, retryAfter: Int? = nil) {
        let json = (try? JSON(parsing: body)) ?? .null
        self.code = json["code"]?.integer ?? code
        reason = json["reason"]?.string ?? ""
        causes = (json["details"]?["causes"]?.array ?? []).map {
            Cause(
                reason: $0["reason"]?.string ?? "", message: $0["message"]?.string ?? "",
                field: $0["field"]?.string ?? "")
        }
        if let text = json["message"]?.string {
            message = text
        } else {
            let line = String(decoding: body.prefix(300), as: UTF8.self)
                .split(whereSeparator: \.isNewline).first
            message = line.map(String.init) ?? ""
        }
        let seconds = retryAfter ?? json["details"]?["retryAfterSeconds"]?.integer
        self.retryAfter = seconds.flatMap { $0 > 0 ? .seconds(min($0, 3600)) : nil }
    }

    /// Whether a disruption budget caused it.
    package var disruptionBudget: String? {
        causes.first { $0.reason == "DisruptionBudget" }?.message
    }

    /// Whether a rule of the cluster's own (a webhook, an admission policy) refused on purpose.
    package var deniedByAdmission: Bool {
        (400..<500).contains(code)
            && (message.contains("admission webhook") && message.contains("denied the request")
                || message.contains("ValidatingAdmissionPolicy") && message.contains("denied"))
    }

    /// The failure of `call` that this status stands for, with the next step.
    package func failure(of call: APICall, access: ClusterAccess) -> Failure {
        let what = "cannot \(call.description)"
        let said = message.isEmpty ? reason : message
        func failure(_ kind: Failure.Kind, _ text: String) -> Failure {
            Failure(kind, text, status: code, retryAfter: retryAfter)
        }
        switch code {
        case 401:
            return failure(
                .rejected,
                "\(what): the API server does not accept the credentials of \(access.origin) "
                    + "(\(said)); check \(access.credential) or the client certificate")
        case 403:
            let scope = call.namespace.map { "a Role in namespace \($0)" } ?? "a ClusterRole"
            return failure(
                .rejected,
                "\(what): \(said); when permission is missing, grant in \(scope): "
                    + "apiGroups [\"\(call.resource.group)\"], "
                    + "resources [\"\(call.permission)\"], verbs [\"\(call.verb.rawValue)\"]")
        case 408, 429, 500...: return failure(.transient, "\(what): \(code) \(said)")
        default: return failure(.rejected, "\(what): \(code) \(said)")
        }
    }
}
