// What the web side shows of a running daemon, read from its parts at each request.

import Core
package import Engine
import Faults
import Host
import Kubernetes
package import Platform
package import Web

/// The daemon's parts as one readable view.
package struct DaemonView: WebView {
    private let parts: Assembly.Parts
    private let clock: any WallClock
    private let leadership: any Leadership

    package init(
        _ parts: Assembly.Parts, clock: any WallClock, leadership: any Leadership
    ) {
        self.parts = parts
        self.clock = clock
        self.leadership = leadership
    }

    package func input() async -> MetricInput {
        let state = await parts.journal.state
        let now = clock.now
        var input = MetricInput(
            now: now, state: state,
            build: BuildInfo(version: Version.number, commit: Version.commit),
            services: await parts.watch.services,
            faultKinds: FaultCatalog.all.manifests.map(\.name))
        input.nextRounds = await parts.book.nextTicks
        input.sources = [await source(now)]
        for (endpoint, totals) in await parts.courier.totals() {
            input.endpoints.append(
                EndpointCounters(
                    endpoint: endpoint, sent: totals.sent, errors: totals.errors,
                    dropped: totals.dropped, queued: totals.queued))
        }
        input.limits = await limits()
        let errors = await parts.book.errors.map(\.description)
        input.configuration = ConfigurationHealth(
            lastGoodAt: await parts.book.lastGoodAt, failures: await parts.book.failures,
            errors: errors)
        input.journal = JournalHealth(appendFailures: await parts.journal.appendFailures)
        if let usage = Host.ProcessUsage.current {
            input.process = Web.ProcessUsage(
                residentBytes: usage.residentBytes, cpuSeconds: usage.cpuSeconds,
                startedAt: usage.start, openFiles: usage.openFiles, maxFiles: usage.maxFiles)
        }
        input.isLeader = await leadership.token() != nil
        return input
    }

    private func source(_ now: Timestamp) async -> SourceHealth {
        let failure = await parts.watch.lastFailure
        let complete = await parts.watch.completeUntil
        return SourceHealth(
            name: "signals", isUp: failure == nil && complete != nil,
            lag: complete.map { (now - $0).inSeconds }, requests: parts.sourceRequests(),
            problems: [failure?.message].compactMap { $0 } + (await parts.watch.problems))
    }

    /// Unavailable pods of each policy's namespace against its limit, as a round would count them.
    private func limits() async -> [BlastRadiusUse] {
        guard let snapshot = try? await parts.cluster.snapshot() else { return [] }
        let state = await parts.journal.state
        var uses: [BlastRadiusUse] = []
        for policy in await parts.book.policies {
            let now = clock.now
            let history = StrikeHistory(state, policy: policy, snapshot: snapshot, now: now)
            guard let use = RadiusUse(snapshot, policy: policy, history: history, now: now),
                use.pods > 0
            else { continue }
            uses.append(
                BlastRadiusUse(
                    namespace: policy.namespace, scope: "namespace",
                    used: Double(use.unavailable) / Double(use.pods),
                    allowed: Double(use.allowed) / Double(use.pods)))
        }
        return uses
    }

    package func readiness() async -> [ReadinessCheck] {
        var checks: [ReadinessCheck] = []
        let failure = await parts.journal.failure
        let written = await parts.journal.state.sequence
        checks.append(
            ReadinessCheck(
                "journal", isReady: failure == nil,
                detail: failure?.message
                    ?? "\(written) events, the last one is durable"))
        let errors = await parts.book.errors.map(\.description)
        let count = await parts.book.policies.count
        checks.append(
            ReadinessCheck(
                "configuration", isReady: true,
                detail: errors.isEmpty
                    ? "\(count) policies in force"
                    : "the last good \(count) policies stay in force; the newer ones were refused",
                errors: errors, lastGoodAt: await parts.book.lastGoodAt))
        do throws(Failure) {
            let snapshot = try await parts.cluster.snapshot()
            checks.append(
                ReadinessCheck(
                    "cluster", isReady: true, detail: "\(snapshot.pods.count) pods in view"))
        } catch {
            checks.append(ReadinessCheck("cluster", isReady: false, detail: error.message))
        }
        let blind = await parts.watch.blindReason
        checks.append(
            ReadinessCheck(
                "signals", isReady: blind == nil, detail: blind ?? "signals are read"))
        checks.append(await ReadinessCheck(leadership))
        return checks
    }
}

extension ReadinessCheck {
    /// An instance that stands by is ready; one that cannot even ask for the leadership is not.
    package init(_ leadership: any Leadership) async {
        if await leadership.token() != nil {
            self.init("leadership", isReady: true, detail: "leading")
        } else if let obstacle = await leadership.obstacle() {
            self.init(
                "leadership", isReady: !obstacle.isFailure,
                detail: obstacle.isFailure ? obstacle.text : "standing by: \(obstacle.text)")
        } else {
            self.init("leadership", isReady: true, detail: "standing by")
        }
    }
}

/// The kill switch of a running daemon, as the web side pulls it.
extension Assembly.Parts {
    package var killSwitch: WebSwitch {
        WebSwitch(
            halt: { by in
                do throws(Failure) {
                    try await journal.record(.halted(Halted(by: by)))
                    return nil
                } catch { return error }
            },
            resume: { by in
                do throws(Failure) {
                    try await journal.record(.resumed(Resumed(by: by)))
                    return nil
                } catch { return error }
            },
            accept: { request in
                do throws(Failure) { return .success(try await watch.accept(request)) } catch {
                    return .failure(error)
                }
            })
    }
}
