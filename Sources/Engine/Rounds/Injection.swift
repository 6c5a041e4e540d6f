// Putting one fault in place, checking that it took effect, and taking it away again. Each step is
// journaled; what is announced is reverted, whatever happens in between.

import Core
import Platform

/// One announced injection and the parts of the engine it needs.
struct Injection: Sendable {
    let announced: Injecting
    let fault: any Fault
    let cluster: any Cluster
    let journal: Journal
    let clock: any WallClock
    let interruption: Interruption
    let log: Log

    /// How long a fault may take to show. After that the round tested nothing.
    static let deliveryTime = Duration.seconds(30)
    /// Attempts of one revert before it is left to the sweep.
    static let revertAttempts = 5

    /// What came of the attempt to inject.
    enum Outcome: Sendable, Hashable {
        case injected
        /// Nothing was done, for this reason.
        case failed(InjectionFailed.Kind, String)
        /// The answer was lost: it may or may not have taken effect.
        case uncertain(String)
    }

    /// Marks the target and injects. `objection` is asked once more right before the act.
    func inject(unless objection: () async -> String?) async -> Outcome {
        let target = announced.target
        do throws(Failure) {
            let mark = InjectionMark(announced).text
            guard try await cluster.setMark(mark, on: target) else {
                return .failed(.gone, "\(target) was gone before the injection")
            }
        } catch {
            return .failed(.error, "the mark could not be written: \(error.message)")
        }
        if let reason = await objection() { return .failed(.withdrawn, reason) }
        do throws(Failure) {
            switch try await fault.inject(target, in: cluster) {
            case .accepted: return .injected
            case .gone(let reason): return .failed(.gone, reason)
            case .refused(let reason): return .failed(.refused, reason)
            }
        } catch {
            return error.kind == .rejected
                ? .failed(.error, error.message) : .uncertain(error.message)
        }
    }

    /// Whether it shows on the target, asked until it does or `deliveryTime` is over.
    func delivery() async -> Delivery {
        let start = clock.uptime
        var last = "no answer"
        while clock.uptime - start < Injection.deliveryTime {
            do throws(Failure) {
                switch try await fault.delivery(of: announced.target, in: cluster) {
                case .delivered: return .delivered
                case .notDelivered(let reason): return .notDelivered(reason)
                case .pending: last = "it did not show within \(Injection.deliveryTime.human)"
                }
            } catch {
                if error.kind == .cancelled { return .notDelivered("the program was stopped") }
                last = error.message
            }
            do throws(Failure) { try await clock.sleep(for: .milliseconds(500)) } catch {
                return .notDelivered("the program was stopped")
            }
        }
        return .notDelivered(last)
    }

    /// Reverts with back-off. False when it is still in place: the entry stays open.
    func revert() async -> Bool {
        var rows = OwedRows(journal: journal, clock: clock, interruption: interruption, log: log)
        return await revert(&rows)
    }

    /// The same in a round that may owe the journal rows: they are written after the act, since a
    /// full disk must not keep a fault in place, and before the one that says it is over.
    func revert(_ rows: inout OwedRows) async -> Bool {
        var pause = Duration.seconds(1)
        for attempt in 1...Injection.revertAttempts {
            do throws(Failure) {
                try await fault.revert(announced.target, undo: announced.undo, in: cluster)
                await rows.note(.reverted(RoundMark(round: announced.round)))
                return await rows.settle()
            } catch {
                if error.kind == .cancelled { return false }
                if attempt == Injection.revertAttempts {
                    let note = RoundNote(round: announced.round, reason: error.message)
                    try? await journal.record(.revertFailed(note))
                }
            }
            if attempt < Injection.revertAttempts {
                do throws(Failure) { try await clock.sleep(for: pause) } catch { return false }
                pause = pause * 2
            }
        }
        return false
    }
}
