// The state of a journal as the web side sees a daemon, so that commands print the very documents
// of the JSON API. What only a running daemon knows is absent.

import Core
import Engine
import Platform
import Web

/// A view of recorded history.
struct RecordedView: WebView {
    let state: State
    let now: Timestamp

    func input() async -> MetricInput {
        MetricInput(
            now: now, state: state,
            build: BuildInfo(version: Version.number, commit: Version.commit))
    }

    func readiness() async -> [ReadinessCheck] { [] }

    /// The JSON API's answer at `path`.
    func document(_ path: String) async throws(Failure) -> JSON {
        let response = await WebApplication(view: self).respond(to: Request("GET", path))
        return try parsedDocument(response, path)
    }
}

/// The JSON of a successful answer; anything else is a failure with its reason.
func parsedDocument(_ response: Response, _ place: String) throws(Failure) -> JSON {
    let body = try? JSON(parsing: response.body)
    guard (200..<300).contains(response.status) else {
        let reason = body?["error"]?.string ?? "status \(response.status)"
        throw Failure(.rejected, "\(place): \(reason)", status: response.status)
    }
    guard let body else {
        throw Failure(
            .rejected, "\(place): the answer is not JSON; is this the address of a Hazard daemon?")
    }
    return body
}
