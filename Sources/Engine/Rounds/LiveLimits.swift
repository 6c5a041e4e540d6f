// The limits once more, on a reading made for this injection: what the plan was counted on may have
// changed while the view lagged or the round was being announced.

import Core
import Platform

extension RoundRunner {
    /// Attempts of one live reading. Without one nothing is injected.
    static var readingAttempts: Int { 2 }

    /// Why the announced target may not be struck now; nil when every rule still allows it.
    func limitObjection(to announced: Injecting) async -> String? {
        var live: Snapshot
        do throws(Failure) {
            live = try await liveSnapshot()
        } catch {
            return "the limits could not be counted on a live reading: \(error.message)"
        }
        let target = announced.target
        guard let index = live.pods.firstIndex(where: { $0.uid == target.uid }) else {
            return "\(target) is gone"
        }
        // The mark on it is this round's own.
        live.pods[index].mark = nil
        let history = StrikeHistory(
            await journal.state, policy: policy, snapshot: live, now: clock.now,
            except: announced.round)
        let eligibility = Eligibility(
            live, policy: policy, history: history, honoursBudgets: honoursBudgets, now: clock.now)
        guard eligibility.eligible.contains(Int32(index)) else {
            let found = eligibility.excluded.first { $0.pod == Int32(index) }
            let reason = found?.reason.text ?? "it is not in \(policy.namespace)"
            return "\(target) may not be struck any more: \(reason)"
        }
        return rolloutHolds(live, policy: policy).first?.text
    }

    private func liveSnapshot() async throws(Failure) -> Snapshot {
        var attempt = 1
        while true {
            do throws(Failure) {
                return try await cluster.liveSnapshot(namespace: policy.namespace)
            } catch {
                guard error.kind == .transient, attempt < Self.readingAttempts else { throw error }
                attempt += 1
            }
        }
    }
}
