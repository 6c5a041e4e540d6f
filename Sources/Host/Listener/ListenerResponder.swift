// Translates between Hummingbird's requests and responses and Platform's.

import Core
import HTTPTypes
import Hummingbird
import NIOCore
import Platform

/// What Hummingbird tells about a request's connection.
struct ListenerContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}

struct ListenerResponder: HTTPResponder {
    let handler: any Handler
    let run: ListenerRun
    let limits: ListenerLimits

    /// The connection is closed on purpose; nothing is written.
    private struct Disconnected: Error {}

    func respond(
        to request: Hummingbird.Request, context: ListenerContext
    ) async throws -> Hummingbird.Response {
        let channel = context.channel
        run.track(channel)
        var request = request
        let body: [UInt8]
        do {
            let late = channel.eventLoop.scheduleTask(
                in: .nanoseconds(limits.bodyTime.nanoseconds)
            ) { channel.close(promise: nil) }
            defer { late.cancel() }
            // Kept in the request: a streamed answer later watches the rest of the input through
            // it.
            let buffer = try await request.collectBody(upTo: limits.bodyBytes)
            body = Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            return tooLarge()
        }
        let isHead = request.method == .head
        let reply = await handler.handle(
            Platform.Request(
                isHead ? "GET" : request.method.rawValue, request.head.path ?? "/",
                headers: headers(of: request), body: body, bodyLimit: limits.bodyBytes,
                peer: peer(of: channel)))
        switch reply {
        case .response(let response):
            return whole(response, for: request, isHead: isHead)
        case .stream(let stream):
            return streaming(stream, for: request, isHead: isHead)
        case .disconnect:
            try? await channel.close()
            throw Disconnected()
        }
    }

    private func tooLarge() -> Hummingbird.Response {
        let text = "The request body is larger than the \(limits.bodyBytes) bytes allowed.\n"
        return Hummingbird.Response(
            status: .contentTooLarge,
            headers: [.contentType: "text/plain; charset=utf-8", .connection: "close"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private func headers(of request: Hummingbird.Request) -> Headers {
        var fields: [Headers.Field] = []
        // HTTPTypes keeps the Host field apart.
        if let host = request.head.authority { fields.append(Headers.Field("Host", host)) }
        for field in request.headers {
            fields.append(Headers.Field(field.name.rawName, field.value))
        }
        return Headers(fields)
    }

    private func peer(of channel: any Channel) -> String {
        guard let address = channel.remoteAddress, let ip = address.ipAddress,
            let port = address.port
        else { return "" }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }

    /// The handler's fields, without those that describe the transfer, which is ours.
    private func fields(_ headers: Headers) -> HTTPFields {
        var fields = HTTPFields()
        for field in headers.fields {
            guard let name = HTTPField.Name(field.name), name != .contentLength,
                name != .transferEncoding
            else { continue }
            fields.append(HTTPField(name: name, value: field.value))
        }
        return fields
    }

    private func whole(
        _ response: Platform.Response, for request: Hummingbird.Request, isHead: Bool
    ) -> Hummingbird.Response {
        var fields = fields(response.headers)
        var body = response.body
        if Compression.isWorthwhile(for: response) {
            fields[.vary] = "Accept-Encoding"
            let accepted = request.headers[values: .acceptEncoding].joined(separator: ",")
            if Compression.accepts(accepted), let packed = Compression.gzip(body) {
                body = packed
                fields[.contentEncoding] = "gzip"
            }
        }
        fields[.contentLength] = String(body.count)
        return Hummingbird.Response(
            status: HTTPResponse.Status(code: response.status), headers: fields,
            body: isHead ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    private func streaming(
        _ stream: ResponseStream, for request: Hummingbird.Request, isHead: Bool
    ) -> Hummingbird.Response {
        var fields = fields(stream.headers)
        let status = HTTPResponse.Status(code: stream.status)
        if isHead {
            stream.body.cancel()
            return Hummingbird.Response(status: status, headers: fields)
        }
        // Watching for the client's end uses up the connection's input.
        fields[.connection] = "close"
        let pump = StreamPump(body: stream.body, run: run)
        return Hummingbird.Response(
            status: status, headers: fields,
            body: ResponseBody { writer in
                // Sent to one task at a time: this one only waits until the pump is done.
                nonisolated(unsafe) var output = writer
                try await request.body.consumeWithInboundCloseHandler { _ in
                    try await pump.run { try await unsafe output.write($0) }
                } onInboundClosed: {
                    pump.cancel()
                }
                try await writer.finish(nil)
            })
    }
}
