// What may be changed through the web address: the kill switch, and what is taken for normal. Only
// POST, only JSON, and only where the daemon gave the switch away.

import Core
import Platform

extension WebApplication {
    /// A change, from its request to the document that confirms it.
    typealias Change = (Request, URLParts) async throws(WebError) -> JSON

    func change(_ name: String) -> Change? {
        guard let killSwitch else { return nil }
        switch name {
        case "halt":
            return { request, url async throws(WebError) -> JSON in
                try await pull(killSwitch.halt, request, url)
            }
        case "resume":
            return { request, url async throws(WebError) -> JSON in
                try await pull(killSwitch.resume, request, url)
            }
        case "accept":
            return { request, url async throws(WebError) -> JSON in
                try await accept(killSwitch.accept, request, url)
            }
        default: return nil
        }
    }

    private func pull(
        _ action: WebSwitch.Action, _ request: Request, _ url: URLParts
    ) async throws(WebError) -> JSON {
        let example = "{\"by\":\"your name\"}"
        let body = try body(of: request, url, example)
        let by = try text(body, "by", example)
        if let failure = await action(by) { throw error(failure) }
        return ["done": true]
    }

    /// `{"by", "service": "NAMESPACE/SERVICE", "signal"?, "reason"?}`; answers `accepted[]` with the
    /// anomalies that ended, as `/api/v1/anomalies` had them.
    private func accept(
        _ action: WebSwitch.Accept, _ request: Request, _ url: URLParts
    ) async throws(WebError) -> JSON {
        let example = "{\"by\":\"your name\",\"service\":\"shop/cart\"}"
        let body = try body(of: request, url, example)
        let by = try text(body, "by", example)
        let name = try text(body, "service", example)
        guard let service = ServiceRef(name) else {
            throw WebError(400, "\"\(name)\" is not NAMESPACE/SERVICE")
        }
        var signal: Signal?
        if let wanted = body["signal"] {
            signal = wanted.string.flatMap { Signal(rawValue: $0) }
            if signal == nil {
                let all = Signal.allCases.map(\.rawValue).joined(separator: ", ")
                throw WebError(400, "\"signal\" must be one of \(all)")
            }
        }
        let reason = body["reason"] == nil ? nil : try text(body, "reason", example, limit: 1000)
        let answer = await action(
            AcceptanceRequest(service: service, signal: signal, by: by, reason: reason))
        switch answer {
        case .success(let records): return ["accepted": .array(records.map(anomalyDocument))]
        case .failure(let failure): throw error(failure)
        }
    }

    /// Takes only JSON: a web page of another origin cannot send that without being asked first.
    private func body(
        of request: Request, _ url: URLParts, _ example: String
    ) throws(WebError) -> JSON {
        try WebQuery(url).allow([])
        try local(request)
        let type = request.headers["Content-Type"]?.prefix { $0 != ";" } ?? ""
        guard type.lowercased() == "application/json" else {
            throw WebError(
                415, "send Content-Type: application/json and a body such as \(example)")
        }
        guard request.body.count <= 4096, let body = try? JSON(parsing: request.body) else {
            throw WebError(400, "the body must be JSON of at most 4096 bytes, such as \(example)")
        }
        return body
    }

    /// Refuses requests of pages that came from elsewhere, also from a name that was made to mean
    /// this machine after its page was loaded (DNS rebinding).
    private func local(_ request: Request) throws(WebError) {
        func isLocal(_ url: String) -> Bool {
            URLParts(url).map { LoopbackHost.contains($0.host) } ?? false
        }
        let host = request.headers["Host"] ?? ""
        let origin = request.headers["Origin"]
        guard isLocal("http://\(host)/"), origin.map(isLocal) ?? true else {
            throw WebError(
                403, "changes are taken from this machine only; reach it as http://127.0.0.1:PORT")
        }
    }

    private func text(
        _ body: JSON, _ key: String, _ example: String, limit: Int = 200
    ) throws(WebError) -> String {
        guard let text = body[key]?.string, !text.isEmpty, text.count <= limit else {
            throw WebError(
                400,
                "\"\(key)\" must be a text of at most \(limit) characters, as in \(example)")
        }
        return text
    }

    private func error(_ failure: Failure) -> WebError {
        WebError(failure.kind == .rejected ? 409 : 503, failure.message)
    }
}
