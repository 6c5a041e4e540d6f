// The events of one piece of a watch, read until something is wrong with one of them.

import Core
import Platform

/// What a piece of a watch changes.
struct WatchBatch<Object: WatchedObject>: Sendable {
    enum Change: Sendable {
        case put(Object)
        case remove(Object)
    }

    /// The version that the changes lead to.
    private(set) var version: String
    private(set) var changes: [Change] = []
    /// The version is too old to follow from.
    private(set) var expired = false
    private(set) var failure: Failure?

    init(version: String) { self.version = version }

    /// Whether later events may be read.
    var isOpen: Bool { !expired && failure == nil }

    mutating func read(_ line: [UInt8], of call: APICall) {
        let event: WatchEvent<Object>
        do {
            event = try WatchEvent(parsing: line)
        } catch {
            failure = Failure(
                .transient, "cannot \(call.description): an event cannot be read (\(error))")
            return
        }
        switch event {
        case .updated(let object):
            changes.append(.put(object))
            move(to: object.meta.resourceVersion)
        case .deleted(let object):
            changes.append(.remove(object))
            move(to: object.meta.resourceVersion)
        case .bookmark(let newer): move(to: newer)
        case .failed(let status):
            if status.code == 410 || status.reason == "Expired" || status.reason == "Gone" {
                expired = true
            } else {
                failure = Failure(
                    .transient,
                    "cannot \(call.description): \(status.code) \(status.message)",
                    status: status.code, retryAfter: status.retryAfter)
            }
        case .unknown(let type):
            failure = Failure(
                .transient, "cannot \(call.description): unknown event type \"\(type)\"")
        }
    }

    private mutating func move(to newer: String) {
        if !newer.isEmpty { version = newer }
    }
}
