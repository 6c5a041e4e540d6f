// Puts the failures of a handler into the log.

import Platform

/// A handler whose answers of 500 and more are logged.
struct LoggedHandler: Handler {
    let inner: any Handler
    let log: ProcessLog

    func handle(_ request: Request) async -> Reply {
        let reply = await inner.handle(request)
        if case .response(let response) = reply, response.status >= 500 {
            let reason =
                String(decoding: response.body.prefix(200), as: UTF8.self)
                .split(separator: "\n").first.map(String.init) ?? ""
            log.failure("\(response.status) \(request.method) \(request.url): \(reason)")
        }
        return reply
    }
}
