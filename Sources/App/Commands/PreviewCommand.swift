// `hazard preview`: what policies would do to the live cluster. Nothing is drawn, recorded or
// injected.

import Core
import Platform

/// The command `preview`.
package enum PreviewCommand {
    /// What is previewed.
    package struct Options: Sendable {
        package var sight: PolicySightOptions
        /// Files of policies to compare with.
        package var diff: String?
        /// The bad ratio on top of the baseline that is to be caught, e.g. `1%`.
        package var regression: String
        package var format: OutputFormat

        package init(
            sight: PolicySightOptions, diff: String? = nil, regression: String = "1%",
            format: OutputFormat = .text
        ) {
            self.sight = sight
            self.diff = diff
            self.regression = regression
            self.format = format
        }
    }

    /// 4: no policy may strike anything now.
    package static func run(
        _ options: Options, output: Output = .terminal
    ) async -> ExitStatus {
        let effect: Double
        do throws(ConfigError) {
            effect = try ConfigScalar.percentage.read(options.regression, false)
        } catch {
            output.error("--regression: \(error.description)")
            return .usage
        }
        guard effect > 0, effect <= 1 else {
            output.error("--regression wants more than 0% and at most 100%, e.g. 1%")
            return .usage
        }
        var others: [Policy]?
        if let path = options.diff {
            others = PolicySight.read([path], output)
            if others == nil { return .usage }
        }
        let sight: PolicySight
        switch await PolicySight.look(options.sight, output: output) {
        case .success(let found): sight = found
        case .failure(let refusal): return refusal.exit
        }
        if let others { return compare(sight, others, effect, options, output) }
        let previews = sight.policies.map { PolicyPreview($0, in: sight, effect: effect) }
        switch options.format {
        case .json:
            output.document(["policies": .array(previews.map { PreviewText(preview: $0).json })])
        case .text:
            for (index, preview) in previews.enumerated() {
                if index > 0 { output.line("") }
                PreviewText(preview: preview).lines.forEach { output.line($0) }
            }
        }
        return previews.contains(where: \.mayStrike) ? .success : .unknown
    }

    private static func compare(
        _ sight: PolicySight, _ others: [Policy], _ effect: Double, _ options: Options,
        _ output: Output
    ) -> ExitStatus {
        let diffs: [PreviewDiff]
        do throws(ConfigError) {
            diffs = try PreviewDiff.pairs(sight.policies, others).map { old, new in
                PreviewDiff(
                    old: PolicyPreview(old, in: sight, effect: effect),
                    new: PolicyPreview(new, in: sight, effect: effect))
            }
        } catch {
            output.error(error.description)
            return .usage
        }
        switch options.format {
        case .json: output.document(["differences": .array(diffs.map(\.json))])
        case .text:
            for (index, diff) in diffs.enumerated() {
                if index > 0 { output.line("") }
                diff.lines.forEach { output.line($0) }
            }
        }
        return diffs.contains { $0.new.mayStrike } ? .success : .unknown
    }
}
