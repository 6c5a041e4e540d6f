// Whether the daemon is ready, as JSON for programs and as text for people.

import Core
import Platform

struct ReadinessReport {
    let checks: [ReadinessCheck]

    var isReady: Bool { checks.allSatisfy(\.isReady) }

    /// 200 or 503. JSON, unless `accept` likes text (or HTML: a browser) better.
    func response(accept: String?) -> Response {
        let status = isReady ? 200 : 503
        let header = accept ?? "*/*"
        let text = max(
            MediaRange.quality(of: "text/plain", in: header),
            MediaRange.quality(of: "text/html", in: header))
        if text > MediaRange.quality(of: "application/json", in: header) {
            return Response(
                status: status, contentType: "text/plain; charset=utf-8", text: self.text)
        }
        return Response(status: status, contentType: "application/json", text: json.text + "\n")
    }

    /// `{"ready": …, "checks": [{"name", "ready", "detail", "errors", "lastGoodAt"?}]}`.
    var json: JSON {
        ["ready": .bool(isReady), "checks": .array(checks.map(document))]
    }

    private func document(_ check: ReadinessCheck) -> JSON {
        var json: JSON = [
            "name": .string(check.name), "ready": .bool(check.isReady),
            "detail": .string(check.detail),
            "errors": .array(check.errors.map { .string($0) }),
        ]
        if let instant = check.lastGoodAt { json["lastGoodAt"] = .string(instant.rfc3339) }
        return json
    }

    private var text: String {
        var out = isReady ? "ready\n" : "not ready\n"
        for check in checks {
            out += "[\(check.isReady ? "+" : "-")] \(check.name): \(check.detail)\n"
            if let instant = check.lastGoodAt { out += "      last good: \(instant.rfc3339)\n" }
            for error in check.errors { out += "      error: \(error)\n" }
        }
        return out
    }
}
