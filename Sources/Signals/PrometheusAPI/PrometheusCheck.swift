// Whether a server can parse an expression: asked before a policy is used, with the server's own
// parser. Nothing is evaluated where that can be helped.

import Core
package import Platform

/// A parse error, by the server.
package struct ExpressionMistake: Sendable, Hashable {
    /// E.g. `prometheus at http://prometheus:9090`.
    package var server: String
    /// The server's message without the position.
    package var message: String
    /// Line and byte column in the expression, from 1; nil when the server names none.
    package var line: Int?
    package var column: Int?

    /// Prometheus begins with the position: `1:8: parse error: unexpected <by> …`.
    init(_ error: String, by server: String) {
        self.server = server
        var text = error[...]
        let prefix = "invalid parameter \"query\": "
        if text.hasPrefix(prefix) { text = text.dropFirst(prefix.count) }
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        if parts.count == 3, let line = Int(parts[0]), let column = Int(parts[1]), line > 0,
            column > 0
        {
            self.line = line
            self.column = column
            text = parts[2].drop { $0 == " " }
        }
        message = String(text)
    }
}

extension PrometheusSource {
    /// What the server's parser finds wrong with an expression, asked with the credentials of
    /// readings; nil when it can parse it. `format_query` is asked (Prometheus 2.40 and later), or
    /// where that is not there, an instant query with a limit of one second, of whose answer only
    /// errors of type `bad_data` count.
    /// - Throws: a failure when the server cannot be asked or its answer tells nothing.
    package func mistake(in expression: String) async throws(Failure) -> ExpressionMistake? {
        // VictoriaMetrics answers unknown paths in its own way.
        if settings.flavor != .victoriametrics {
            let answer = try await askOnce(
                "format_query", [("query", expression)], deadline: .seconds(5))
            if ![404, 405, 501].contains(answer.status) { return try mistake(answer) }
        }
        return try mistake(
            await askOnce(
                "query", [("query", expression), ("time", PrometheusQuery.time(clock.now))],
                deadline: .seconds(1)))
    }

    private func mistake(_ response: Response) throws(Failure) -> ExpressionMistake? {
        if let json = try? JSON(parsing: response.body) {
            switch json["errorType"]?.string {
            case "bad_data":
                let error = json["error"]?.string ?? "no reason given"
                return ExpressionMistake(error, by: place)
            // It was parsed, and its evaluation failed.
            case "execution", "timeout", "canceled": return nil
            default: break
            }
        }
        _ = try PrometheusAnswer.success(response, place)
        return nil
    }
}
