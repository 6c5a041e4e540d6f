// An API server of which a test scripts what becomes of the requests for pods; other kinds are
// empty and quiet.

import Core
import Kubernetes
import Platform

/// Answers requests for pods step by step; after the last step nothing is ever answered.
final class FakeAPI: Network {
    enum Piece: Sendable {
        case bytes([UInt8])
        case fail(Failure)
        /// Nothing more comes until the reader gives up.
        case silence
    }

    enum Step: Sendable {
        case list(Response)
        case watch([Piece])
        case refuse(Failure)
    }

    private let steps: Lock<[Step]>
    private let seen = Lock<[String]>([])
    private let quiet: Response
    /// How many streams were cancelled.
    let cancelled = Lock(0)

    init(_ steps: [Step]) throws {
        self.steps = Lock(steps)
        quiet = try Fixture("pods-list-empty").response
    }

    /// The paths and queries of the requests for pods.
    var podRequests: [String] { seen.withLock { Array($0) } }
    var isDone: Bool { steps.withLock { $0.isEmpty } }

    private func step(_ request: Request) async throws(Failure) -> Step {
        seen.withLock { $0.append(request.url) }
        let next = steps.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if let next { return next }
        try await forever()
    }

    private func forever() async throws(Failure) -> Never {
        while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
        throw Failure(.cancelled, "cancelled")
    }

    private func isAboutPods(_ request: Request) -> Bool {
        URLParts(request.url)?.segments.last == "pods"
    }

    func exchange(_ request: Request) async throws(Failure) -> Response {
        guard isAboutPods(request) else { return quiet }
        switch try await step(request) {
        case .list(let response): return response
        case .refuse(let failure): throw failure
        case .watch: throw Failure(.rejected, "the script expected a watch: \(request.url)")
        }
    }

    func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        var script: [Piece] = [.silence]
        if isAboutPods(request) {
            switch try await step(request) {
            case .list(let response): script = [.bytes(response.body)]
            case .refuse(let failure): throw failure
            case .watch(let pieces): script = pieces
            }
        }
        let pieces = Lock(script)
        let body = BodyStream(
            next: { () async throws(Failure) -> [UInt8]? in
                switch pieces.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                case nil: return nil
                case .bytes(let bytes): return bytes
                case .fail(let failure): throw failure
                case .silence: try await self.forever()
                }
            },
            cancel: { self.cancelled.withLock { $0 += 1 } })
        return ResponseStream(status: 200, body: body)
    }
}

/// Waits until `condition` holds; false after two minutes.
func eventually(_ condition: () async -> Bool) async -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(120)
    while clock.now < end {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(1))
    }
    return false
}
