// Environment variables as typed values, with an error that names the variable.

import Core

/// Empty variables count as absent.
struct Variables {
    let values: [String: String]

    func text(_ name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func required(_ name: String) throws(ConfigError) -> String {
        if let value = text(name) { return value }
        throw ConfigError(
            path: name, message: "the environment variable is not set",
            fix: "set \(name) in the pod's manifest")
    }

    func number(
        _ name: String, _ fallback: Int, in range: ClosedRange<Int>
    ) throws(ConfigError) -> Int {
        guard let text = text(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw Self.error(name, text, fix: "write a whole number in \(range)")
        }
        return value
    }

    func rate(_ name: String, _ fallback: Double) throws(ConfigError) -> Double {
        guard let text = text(name) else { return fallback }
        guard let value = Double(text), value >= 0, value <= 100_000 else {
            throw Self.error(name, text, fix: "write requests a second, from 0 to 100000")
        }
        return value
    }

    func duration(_ name: String, _ fallback: Duration) throws(ConfigError) -> Duration {
        guard let text = text(name) else { return fallback }
        guard let value = Duration(human: text) else {
            throw Self.error(name, text, fix: "write a duration such as 500ms or 10s")
        }
        return value
    }

    /// `repeater.acme.com=repeater.go-app,…`
    func aliases(
        _ name: String, from namespace: String
    ) throws(ConfigError) -> [String: ServiceName] {
        var found: [String: ServiceName] = [:]
        for item in (text(name) ?? "").split(separator: ",") {
            let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let service = ServiceName(host: parts[1], from: namespace)
            else {
                throw Self.error(name, String(item), fix: "write host=service.namespace")
            }
            found[parts[0]] = service
        }
        return found
    }

    static func error(_ name: String, _ value: String, fix: String) -> ConfigError {
        ConfigError(path: name, message: "\"\(value)\" is not valid", fix: fix)
    }
}
