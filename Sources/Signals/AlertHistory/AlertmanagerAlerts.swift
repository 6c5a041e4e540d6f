// The team's alerts from Alertmanager's v2 API. It only knows what fires now, so it is asked again
// and again while rounds are under way.

package import Core
package import Engine
package import Platform

/// `GET /api/v2/alerts` of an Alertmanager; silenced and inhibited alerts count, since they fire.
package struct AlertmanagerAlerts: AlertHistory {
    package static let manifest = AlertHistoryManifest(
        name: "alertmanager", summary: "Reads the alerts that an Alertmanager holds.",
        parameters: [
            ParameterSpec(
                "url", .url, default: nil,
                "The Alertmanager's base URL with its path prefix, without /api/v2."),
            ParameterSpec(
                "bearerTokenFile", .string, default: "",
                "A file with a bearer token; read again for each request."),
        ])

    package let isMomentary = true
    private let url: String
    private let tokenFile: String
    private let context: SignalSourceContext

    package init(_ parameters: Parameters, _ context: SignalSourceContext) throws(ConfigError) {
        url = try BaseURL.checked(
            parameters, without: "/api/v2", example: "http://alertmanager:9093")
        tokenFile = parameters.string("bearerTokenFile")
        self.context = context
    }

    package func firing(
        since: Timestamp, until: Timestamp
    ) async throws(Failure) -> [FiringAlert] {
        let headers = try await BaseURL.headers(tokenFile, context)
        let response = try await context.network.exchange(
            Request("GET", url + "/api/v2/alerts", headers: headers, deadline: BaseURL.deadline))
        let place = "Alertmanager at \(url)"
        guard response.status == 200 else {
            let isTransient = response.status >= 500 || response.status == 429
            throw Failure(
                isTransient ? .transient : .rejected,
                "\(place): HTTP \(response.status)\(Snippet.of(response))",
                status: response.status)
        }
        guard let list = (try? JSON(parsing: response.body))?.array else {
            throw Failure(
                .rejected, "\(place): the answer is not a list of alerts\(Snippet.of(response))",
                status: 200)
        }
        return list.compactMap { Self.alert($0, now: context.clock.now) }
            .filter { !$0.isOwn }
            .sorted { ($0.startsAt, $0.name) < ($1.startsAt, $1.name) }
    }

    /// Nil for what is no alert. `endsAt` lies in the future while an alert fires.
    private static func alert(_ json: JSON, now: Timestamp) -> FiringAlert? {
        guard let object = json["labels"]?.object,
            let start = json["startsAt"]?.string.flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        var labels: [String: String] = [:]
        for (name, value) in object.members { labels[name] = value.string ?? "" }
        let end = json["endsAt"]?.string.flatMap { Timestamp(rfc3339: $0) }
        return FiringAlert(
            labels: labels, startsAt: start, endsAt: end.flatMap { $0 <= now ? $0 : nil })
    }
}
