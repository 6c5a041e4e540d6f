// `hazard accept`: tells a running daemon that what is now is normal. Only the daemon may change
// what it learned, so this asks it, at its web address.

import Core
import Host
import Platform

/// The command `accept`.
package enum AcceptCommand {
    /// What is accepted, and where the daemon is.
    package struct Options: Sendable {
        /// `NAMESPACE/SERVICE`.
        package var service: String
        /// A signal's name; nil: all that are anomalous.
        package var signal: String?
        /// Nil: the user of this shell.
        package var by: String?
        package var reason: String?
        /// E.g. `http://127.0.0.1:9321`.
        package var url: String
        package var format: OutputFormat

        package init(
            service: String, signal: String? = nil, by: String? = nil, reason: String? = nil,
            url: String, format: OutputFormat = .text
        ) {
            self.service = service
            self.signal = signal
            self.by = by
            self.reason = reason
            self.url = url
            self.format = format
        }

        fileprivate var request: AcceptanceRequest {
            get throws(ConfigError) {
                guard let found = ServiceRef(service) else {
                    throw ConfigError(
                        message: "\"\(service)\" is not a service",
                        fix: "write NAMESPACE/SERVICE, as `hazard status` shows it")
                }
                let signals = Signal.allCases.map(\.rawValue)
                let wanted = signal.flatMap { Signal(rawValue: $0) }
                if let signal, wanted == nil {
                    throw ConfigError(
                        message: "there is no signal \"\(signal)\"",
                        fix: "write one of " + signals.joined(separator: ", "))
                }
                let environment = ClusterConnection.environment
                let user = environment["USER"] ?? environment["LOGNAME"] ?? ""
                return AcceptanceRequest(
                    service: found, signal: wanted,
                    by: by ?? (user.isEmpty ? "somebody" : String(user.prefix(200))),
                    reason: reason)
            }
        }
    }

    /// 1: no daemon that takes it is there; 2: wrong arguments, or nothing that they name is
    /// anomalous.
    package static func run(
        _ options: Options, output: Output = .terminal
    ) async -> ExitStatus {
        let request: AcceptanceRequest
        do throws(ConfigError) { request = try options.request } catch {
            output.error(error.description)
            return .usage
        }
        do throws(Failure) {
            let network = try CurlNetwork()
            defer { network.shutDown() }
            let answer = try await ask(request, at: options.url, network)
            switch options.format {
            case .json: output.document(answer)
            case .text: lines(answer, request).forEach { output.line($0) }
            }
            return .success
        } catch {
            output.error(error.message)
            return error.status == 409 ? .usage : .failure
        }
    }

    private static func ask(
        _ request: AcceptanceRequest, at url: String, _ network: any Network
    ) async throws(Failure) -> JSON {
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        guard URLParts(base)?.scheme.hasPrefix("http") == true else {
            throw Failure(
                .rejected, "\"\(url)\" is not a URL; write e.g. http://127.0.0.1:9321")
        }
        var body: JSON = [
            "by": .string(request.by), "service": .string("\(request.service)"),
        ]
        body["signal"] = request.signal.map { .string($0.rawValue) }
        body["reason"] = request.reason.map { .string($0) }
        let response: Response
        do throws(Failure) {
            response = try await network.exchange(
                Request(
                    "POST", base + "/api/v1/accept",
                    headers: ["Content-Type": "application/json"], body: body.bytes,
                    deadline: .seconds(15)))
        } catch {
            throw Failure(
                error.kind,
                "\(error.message); is the daemon running there? Its address is `listen` of its "
                    + "configuration, and --url names another")
        }
        if response.status == 404 {
            throw Failure(
                .rejected,
                "\(base) takes no changes: a daemon does so at the address `changes` of its "
                    + "configuration, by default http://127.0.0.1:9322 where `listen` is for "
                    + "everybody")
        }
        if response.status == 409 {
            // The reason is about the service, not about the address.
            let reason = (try? JSON(parsing: response.body))?["error"]?.string
            throw Failure(.rejected, reason ?? "refused", status: 409)
        }
        return try parsedDocument(response, base + "/api/v1/accept")
    }

    private static func lines(_ answer: JSON, _ request: AcceptanceRequest) -> [String] {
        let names = (answer["accepted"]?.array ?? []).map { anomaly in
            "\(anomaly["signal"]?.string ?? "?") of \(request.service)"
        }
        return names.map { "accepted \($0) as normal, by \(request.by)" } + [
            "its level is learned anew; rounds of \(request.service.namespace) begin again once it "
                + "is known"
        ]
    }
}
