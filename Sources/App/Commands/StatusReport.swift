// The documents of a status, and what they mean for the exit code. The words are in
// StatusReport+Text.

import Core
import Engine
import Host
import Platform

/// Everything that `hazard status` shows.
struct StatusReport: Sendable {
    /// How the daemon is.
    enum Daemon: String, Sendable {
        case running
        /// It said so in the journal.
        case stopped
        /// Nobody has the journal, and it does not end with a stop.
        case died
        case neverStarted = "never-started"
    }

    let daemon: Daemon
    /// A path or an address.
    let place: String
    /// As `/api/v1/status`, `policies`, `anomalies`, `alerts`, `findings` and `rounds` give them.
    let status: JSON
    let policies: JSON
    let anomalies: JSON
    let alerts: JSON
    /// As `/api/v1/findings` gives them; an older daemon gives none.
    let findings: JSON
    let lastRound: JSON?
    /// `round fault target deadline` of each injection that may be in place; nil when only their
    /// number is known.
    let injections: JSON?

    /// From a journal. What it cannot know (readiness, services, sources) is left out.
    init(_ file: JournalFile, now: Timestamp) async throws(Failure) {
        let view = RecordedView(state: file.state, now: now)
        place = file.path
        if file.state.instance == nil {
            daemon = .neverStarted
        } else if file.holder != .nobody {
            daemon = .running
        } else {
            daemon = file.state.stoppedInOrder ? .stopped : .died
        }
        var status = try await view.document("/api/v1/status")
        for name in ["leading", "ready", "services", "sources", "version", "commit"] {
            status[name] = nil
        }
        status["lastEventAt"] = file.state.lastEventAt.map { .string($0.rfc3339) }
        status["version"] = file.state.instance.map { .string($0.version) }
        self.status = status
        policies = try await view.document("/api/v1/policies")
        anomalies = try await view.document("/api/v1/anomalies?state=active")
        alerts = try await view.document("/api/v1/alerts?state=firing")
        findings = try await view.document("/api/v1/findings?status=open")
        lastRound = try await view.document("/api/v1/rounds?limit=1")["rounds"]?[0]
        injections = .array(
            file.state.openInjections.map { open in
                [
                    "round": .integer(Int64(open.round)), "fault": .string(open.fault),
                    "target": .string(open.target.description),
                    "deadline": .string(open.deadline.rfc3339),
                ]
            })
    }

    /// From a running daemon at `url`, e.g. `http://127.0.0.1:9321`.
    init(url: String, network: any Network) async throws(Failure) {
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        let place = base
        guard URLParts(base)?.scheme.hasPrefix("http") == true else {
            throw Failure(
                .rejected, "\"\(url)\" is not a URL; write e.g. http://127.0.0.1:9321")
        }
        func document(_ path: String) async throws(Failure) -> JSON {
            let response: Response
            do throws(Failure) {
                response = try await network.exchange(
                    Request("GET", place + path, deadline: .seconds(5)))
            } catch {
                throw Failure(
                    error.kind,
                    "\(error.message); is the daemon running there? Without --url the journal "
                        + "is read instead")
            }
            return try parsedDocument(response, place + path)
        }
        self.place = place
        daemon = .running
        status = try await document("/api/v1/status")
        policies = try await document("/api/v1/policies")
        anomalies = try await document("/api/v1/anomalies?state=active")
        alerts = try await document("/api/v1/alerts?state=firing")
        findings = (try? await document("/api/v1/findings?status=open")) ?? [:]
        lastRound = try await document("/api/v1/rounds?limit=1")["rounds"]?[0]
        injections = nil
    }

    var exit: ExitStatus {
        let open = status["openInjections"]?.integer ?? 0
        if open > 0, daemon != .running { return .leftBehind }
        return anomalies["anomalies"]?.array?.isEmpty ?? true ? .success : .harm
    }

    var json: JSON {
        var json: JSON = ["daemon": .string(daemon.rawValue), "status": status]
        json["policies"] = policies["policies"]
        json["policyErrors"] = policies["errors"]
        json["anomalies"] = anomalies["anomalies"]
        json["alerts"] = alerts["alerts"]
        json["findings"] = findings["findings"]
        json["alertCoverage"] = findings["alertCoverage"]
        json["lastRound"] = lastRound
        json["injections"] = injections
        return json
    }
}
