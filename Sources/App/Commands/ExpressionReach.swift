// Whether the Prometheus of a configuration can parse the PromQL of policies: its parser has the
// last word, and is asked before the daemon is. Where an expression stands in its file, it finds.

import Core
import Engine
import Host
import Platform
import Signals
import YAML

/// Checks signals in PromQL against live servers.
struct ExpressionReach: Sendable {
    /// The mistakes, each at its place in the policy's file.
    private(set) var errors: [ConfigError] = []
    /// Servers that could not be asked: nothing is known of the expressions then.
    private(set) var warnings: [String] = []

    /// One expression of a policy's signal.
    private struct Expression {
        var policy: Policy
        var name: String
        /// `bad`, `total` or `gauge`.
        var key: String
        var text: String
    }

    /// Where signals come from, and the file that says so.
    typealias Source = (file: String, signals: PluginChoice)

    /// Asks the server of each source that is a Prometheus about every expression, with the
    /// credentials that readings have. It stops asking a server at the first failure.
    mutating func ask(_ sources: [Source], about policies: [Policy]) async {
        let expressions = policies.flatMap { policy in
            policy.signals.queries.flatMap { query in
                query.expressions.map {
                    Expression(policy: policy, name: query.name, key: $0.key, text: $0.text)
                }
            }
        }
        let servers = sources.filter { $0.signals.kind == PrometheusSource.manifest.name }
        guard !expressions.isEmpty, !servers.isEmpty else { return }
        do throws(Failure) {
            let network = try CurlNetwork()
            defer { network.shutDown() }
            var asked: Set<Parameters> = []
            for server in servers where asked.insert(server.signals.parameters).inserted {
                await ask(server, about: expressions, network)
            }
        } catch {
            warnings.append("\(error.message); no PromQL was checked")
        }
    }

    private mutating func ask(
        _ server: Source, about expressions: [Expression], _ network: any Network
    ) async {
        let context = SignalSourceContext(
            clock: SystemClock(), network: network, seed: 0,
            readFile: { path throws(Failure) in try FileSystem.read(path) })
        let source: PrometheusSource
        do throws(ConfigError) {
            source = try PrometheusSource(server.signals.parameters, context)
        } catch {
            errors.append(error.inFile(server.file))
            return
        }
        for (done, expression) in expressions.enumerated() {
            do throws(Failure) {
                if let mistake = try await source.mistake(in: expression.text) {
                    errors.append(Self.error(mistake, expression))
                }
            } catch {
                warnings.append(
                    "\(error.message); \(expressions.count - done) of \(expressions.count) PromQL "
                        + "expressions were not checked")
                return
            }
        }
    }

    private static func error(
        _ mistake: ExpressionMistake, _ expression: Expression
    ) -> ConfigError {
        let policy = expression.policy
        var error = ConfigError(
            file: policy.source, path: "spec.signals", message: "",
            fix: "correct the expression; the server's own page (/graph) shows what it parses")
        let bytes = (try? FileSystem.read(policy.source, limit: YAML.sizeLimit)) ?? []
        var isExact = false
        if let place = place(of: expression, in: bytes) {
            error.path = place.path
            error.line = place.node.line
            error.column = place.node.column
            if let offset = offset(of: mistake, in: expression.text, at: place.node, bytes) {
                error.column += offset
                isExact = true
            }
        }
        var position = ""
        if !isExact, let line = mistake.line, let column = mistake.column {
            position = " (line \(line), column \(column) of the expression)"
        }
        error.message = "\(mistake.server) cannot parse it\(position): \(mistake.message)"
        return error
    }

    /// The value that holds the expression.
    private static func place(
        of expression: Expression, in bytes: [UInt8]
    ) -> (node: ConfigNode, path: String)? {
        for document in YAML.read(bytes).documents
        where document["metadata"]?["name"]?.json.string == expression.policy.name
            && document["metadata"]?["namespace"]?.json.string == expression.policy.namespace
        {
            guard case .sequence(let all)? = document["spec"]?["signals"]?.content else { continue }
            for (index, element) in all.enumerated() {
                let own = element["promql"]
                guard case .scalar(expression.name, _)? = own?["name"]?.content,
                    let node = own?[expression.key]
                else {
                    continue
                }
                return (node, "spec.signals[\(index)].promql.\(expression.key)")
            }
        }
        return nil
    }

    /// How many characters after the value's beginning the mistake is; nil when the value is not
    /// written on one line as it is, so that places in it are others in the file.
    private static func offset(
        of mistake: ExpressionMistake, in text: String, at node: ConfigNode, _ bytes: [UInt8]
    ) -> Int? {
        guard mistake.line == 1, let column = mistake.column, column <= text.utf8.count + 1,
            node.line > 0, node.column > 0
        else { return nil }
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        guard node.line <= lines.count else { return nil }
        let rest = String(decoding: lines[node.line - 1], as: UTF8.self).unicodeScalars
            .dropFirst(node.column - 1)
        let quote = rest.first.map { $0 == "\"" || $0 == "'" } ?? false
        guard String(rest.dropFirst(quote ? 1 : 0)).hasPrefix(text) else { return nil }
        let before = String(decoding: Array(text.utf8.prefix(column - 1)), as: UTF8.self)
        return before.unicodeScalars.count + (quote ? 1 : 0)
    }
}
