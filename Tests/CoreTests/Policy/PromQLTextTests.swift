// What is said of PromQL without a server.

import Core
import Testing

@Suite struct PromQLTextTests {
    @Test(
        arguments: [
            ("up", nil), (#"sum(rate(x{a=")"}[5m])) / 2"#, nil), ("'a(' or `\\` or \"\\\"\"", nil),
            ("x # a comment (", nil), ("", 1), ("  # only a comment", 1), ("sum(x", 4),
            ("sum x)", 6), ("x{a=\"b\"", 2), ("x{a=\"b}", 5), ("(x]", 3), ("x[5m", 2),
        ] as [(String, Int?)])
    func mistakes(text: String, character: Int?) {
        #expect(PromQLText(text).mistake?.character == character)
    }

    @Test(
        arguments: [
            ("up", "up"), (" sum( up ) ", "up"), (#"sum(x{a="b(",c!~'d'})"#, #"x{a="b(",c!~'d'}"#),
            (#"{__name__="x"}"#, #"{__name__="x"}"#), ("sum(x) + 1", nil),
            ("sum(x{}) / sum(y{})", nil),
            ("sum by (a) (x)", nil), ("max(x)", nil), ("x[5m]", nil),
            ("sum(x{a=\"1\"} or y{})", nil),
            ("sum()", nil), ("", nil), ("x offset 5m", nil), ("sum(x) by (a)", nil),
        ] as [(String, String?)])
    func selectors(text: String, selector: String?) {
        #expect(PromQLText(text).selector == selector)
    }

    @Test func rates() {
        #expect(PromQLText("sum(rate(x[1m]))").rateFunction?.character == 5)
        #expect(PromQLText("sum_over_time(x[1m])").rateFunction?.name == "sum_over_time")
        #expect(PromQLText("sum(rate_total)").rateFunction == nil)
        #expect(PromQLText(#"sum(x{a="rate("})"#).rateFunction == nil)
    }
}
