// One spelling for bucket bounds and quantiles: Prometheus 3 rewrites `le="1"` to `le="1.0"` when
// it stores a sample, so that the same series would look different in a scrape and in an answer.

enum CanonicalLabel {
    /// `value`, or its shortest decimal form when `name` is `le` or `quantile` and it is a number.
    static func value(_ name: String, _ value: String) -> String {
        guard name == "le" || name == "quantile" else { return value }
        switch value {
        case "+Inf", "Inf", "inf", "+inf": return "+Inf"
        default:
            guard let number = Double(value), number.isFinite else { return value }
            return number.description
        }
    }
}
