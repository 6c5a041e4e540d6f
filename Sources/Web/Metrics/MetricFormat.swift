// The two exposition formats, and which of them an Accept header asks for. OpenMetrics 1.0 is given
// only to those who name it; everybody else gets text 0.0.4.

/// An exposition format.
package enum MetricFormat: Sendable, Hashable, CaseIterable {
    /// Prometheus text format 0.0.4.
    case text
    /// OpenMetrics 1.0.0.
    case openMetrics

    /// The Content-Type of a body in this format.
    package var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// The format with the highest quality in `accept` (nil means no such header), and the content
    /// type to answer with. Ties go to OpenMetrics; when nothing fits, text. When the chosen media
    /// range asks for an escaping scheme, the answer says `underscores`: all names here are plain.
    package static func negotiate(_ accept: String?) -> (format: MetricFormat, contentType: String)
    {
        let ranges = MediaRange.parse(accept ?? "")
        let open = best(ranges) { range in
            range.type == "application/openmetrics-text" && range.hasVersion("1.0.0") ? 2 : nil
        }
        let text = best(ranges) { range in
            switch range.type {
            case "text/plain": range.hasVersion("0.0.4") ? 2 : nil
            case "text/*": 1
            case "*/*": 0
            default: nil
            }
        }
        var format = MetricFormat.text
        var chosen = text
        if let open, open.quality > 0, open.quality >= (text?.quality ?? 0) {
            format = .openMetrics
            chosen = open
        }
        let suffix = chosen?.parameters["escaping"] == nil ? "" : "; escaping=underscores"
        return (format, format.contentType + suffix)
    }

    /// Among the most specific ranges that match, the one with the highest quality.
    private static func best(
        _ ranges: [MediaRange], specificity: (MediaRange) -> Int?
    ) -> MediaRange? {
        var found: (MediaRange, Int)?
        for range in ranges {
            guard let level = specificity(range) else { continue }
            if let (old, oldLevel) = found,
                (oldLevel, old.quality) >= (level, range.quality)
            {
                continue
            }
            found = (range, level)
        }
        return found?.0
    }
}
