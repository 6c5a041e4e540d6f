// Posts JSON to one address and says what an answer means: accepted, try again, or never. It does
// not know what is posted, and never repeats a request itself.

import Core
import Engine
import Platform

/// An address that takes JSON.
struct HTTPSink: Sendable {
    /// For logs and labels: kind and `alias`.
    let endpoint: String
    /// The address without secrets.
    private let alias: String
    private let url: String
    private let header: Headers.Field?
    private let deadline: Duration
    private let network: any Network

    /// The parameters that every HTTP notifier has.
    static let parameters = [
        ParameterSpec("url", .url, default: nil, "where to send to, e.g. http://alertmanager:9093"),
        ParameterSpec(
            "header", .string, default: "",
            "one more header as \"Name: value\", e.g. \"Authorization: Bearer TOKEN\""),
        ParameterSpec(
            "timeout", .duration(.milliseconds(100)...(.seconds(60))), default: "10s",
            "how long one request may take"),
        ParameterSpec(
            "externalURL", .string, default: "",
            "the address of this daemon's page, for links in alerts"),
    ]

    /// `path` is appended to the path of parameter `url`. Where `pathIsSecret`, as it is of the web
    /// hooks of chats, the address is named by its host and a short hash of the whole, which tells
    /// two hooks apart and no more.
    init(
        kind: String, path: String, pathIsSecret: Bool = false, _ parameters: Parameters,
        network: any Network
    ) throws(ConfigError) {
        let text = parameters.string("url")
        guard let parts = URLParts(text), !parts.host.isEmpty else {
            throw ConfigError(
                path: parameters.path + ".url", message: "\"\(text)\" is not a URL with a host",
                fix: "e.g. http://alertmanager:9093")
        }
        var base = parts.path
        while base.hasSuffix("/") { base.removeLast() }
        let host = parts.host.contains(":") ? "[\(parts.host)]" : parts.host
        let place = parts.scheme + "://" + host + (parts.port.map { ":\($0)" } ?? "")
        let full = path.isEmpty ? parts.path : base + path
        alias = pathIsSecret ? "\(place) (\(FNV1a(text.utf8).hexadecimal.suffix(8)))" : place + base
        endpoint = kind + " " + alias
        url = place + full + (parts.query.map { "?" + $0 } ?? "")
        header = try Self.header(parameters)
        deadline = parameters.duration("timeout")
        self.network = network
    }

    /// Sends `body` once.
    func post(_ body: JSON, now: Timestamp) async throws(Failure) {
        var headers: Headers = ["Content-Type": "application/json", "Accept": "application/json"]
        if let header { headers[header.name] = header.value }
        let request = Request(
            "POST", url, headers: headers, body: body.bytes, deadline: deadline,
            bodyLimit: 1 << 20, alias: alias)
        let response: Response
        do throws(Failure) {
            response = try await network.exchange(request)
        } catch {
            var failure = error
            failure.message = "\(endpoint): \(error.message)"
            throw failure
        }
        if let failure = failure(of: response, now: now) { throw failure }
    }

    /// Nil when the response accepts.
    private func failure(of response: Response, now: Timestamp) -> Failure? {
        let status = response.status
        if (200..<300).contains(status) { return nil }
        let said = ErrorBody.text(of: response)
        let answer = "\(endpoint) answered \(status)" + (said.isEmpty ? "" : ": \(said)")
        switch status {
        case 408, 425, 429, 500...:
            let wait = response.headers["Retry-After"].flatMap { RetryAfter.duration($0, now: now) }
            return Failure(.transient, answer, status: status, retryAfter: wait)
        case 300..<400:
            // Its path may be a secret too.
            let place = response.headers["Location"].flatMap { URLParts($0) }
                .map { " (at \($0.scheme)://\($0.host))" }
            return Failure(
                .rejected,
                "\(answer); write the final address\(place ?? "") in parameter \"url\"",
                status: status)
        case 401, 403:
            return Failure(
                .rejected, "\(answer); check the credentials in parameter \"header\"",
                status: status)
        case 404, 405:
            return Failure(.rejected, "\(answer); check parameter \"url\"", status: status)
        default: return Failure(.rejected, answer, status: status)
        }
    }

    private static func header(_ parameters: Parameters) throws(ConfigError) -> Headers.Field? {
        let text = parameters.string("header")
        if text.isEmpty { return nil }
        let name = text.prefix { $0 != ":" }
        let value = text.dropFirst(name.count + 1).drop { $0 == " " }
        let isToken = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
        guard isToken, name.count < text.count, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        else {
            // The text may be a secret, so it is not repeated here.
            throw ConfigError(
                path: parameters.path + ".header", message: "the header is not \"Name: value\"",
                fix: "e.g. \"Authorization: Bearer TOKEN\", on one line")
        }
        return Headers.Field(String(name), String(value))
    }
}
