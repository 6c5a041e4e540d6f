import Testing
import Web

@Suite struct NegotiationTests {
    private static let prometheus =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        + "application/openmetrics-text;version=0.0.1;q=0.5,"
        + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
        + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"

    private static let text = "text/plain; version=0.0.4; charset=utf-8"
    private static let open = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    @Test(arguments: [
        (nil, text),
        ("", text),
        ("*/*", text),
        ("text/*", text),
        ("text/html,application/xhtml+xml,*/*;q=0.8", text),
        ("nonsense", text),
        ("application/json", text),
        (prometheus, open + "; escaping=underscores"),
        ("application/openmetrics-text", open),
        ("application/openmetrics-text; version=1.0.0", open),
        ("APPLICATION/OpenMetrics-Text; VERSION=\"1.0.0\"", open),
        ("application/openmetrics-text; version=0.0.1", text),
        ("application/openmetrics-text; version=2.0.0, */*;q=0.1", text),
        ("application/openmetrics-text;q=0", text),
        ("application/openmetrics-text;q=0.2, text/plain;q=0.3", text),
        ("application/openmetrics-text;q=0.2, text/plain;version=1.0.0;q=0.3", open),
        ("application/openmetrics-text;q=0.3, text/plain;q=0.3", open),
        ("application/openmetrics-text;q=2, text/plain;q=0.3", text),
        ("text/plain;version=0.0.4;escaping=values", text + "; escaping=underscores"),
        ("text/plain;q=0.1;version=0.0.4, */*;q=1, application/openmetrics-text;q=0.5", open),
    ])
    func `the Accept header decides`(accept: String?, contentType: String) {
        #expect(MetricFormat.negotiate(accept).contentType == contentType)
    }

    /// What curl and browsers get is what they can read.
    @Test func `the format and the content type agree`() {
        for accept in [nil, Self.prometheus] {
            let (format, contentType) = MetricFormat.negotiate(accept)
            #expect(contentType.hasPrefix(format.contentType))
        }
    }
}
