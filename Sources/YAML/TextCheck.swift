// Decides whether bytes are text that may hold YAML at all, before the parser sees them: size,
// UTF-8, control characters. libyaml reports these without a position.

internal import Core

enum TextCheck {
    /// The first reason not to parse `bytes`; nil when there is none.
    static func firstError(in bytes: [UInt8]) -> ConfigError? {
        if bytes.count > YAML.sizeLimit {
            return ConfigError(
                line: 1, column: 1,
                message:
                    "the file has \(bytes.count) bytes, more than the \(YAML.sizeLimit) allowed",
                fix: "split it into several files")
        }
        if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
            return ConfigError(
                line: 1, column: 1, message: "the file is UTF-16", fix: "save it as UTF-8")
        }
        return scan(bytes)
    }

    private static func scan(_ bytes: [UInt8]) -> ConfigError? {
        var decoder = UTF8()
        var rest = bytes.makeIterator()
        var line = 1
        var column = 1
        while true {
            switch decoder.decode(&rest) {
            case .emptyInput: return nil
            case .error:
                return ConfigError(
                    line: line, column: column, message: "the text is not valid UTF-8 here",
                    fix: "save the file as UTF-8")
            case .scalarValue("\n"):
                line += 1
                column = 1
            case .scalarValue(let scalar):
                if !isAllowed(scalar) {
                    let code = String(scalar.value, radix: 16)
                    return ConfigError(
                        line: line, column: column,
                        message: "control character U+"
                            + String(repeating: "0", count: 4 - code.count)
                            + code.uppercased() + " is not allowed",
                        fix: "delete it, or write it as an escape in double quotes")
                }
                // A byte order mark at the very start takes no column.
                if scalar != "\u{feff}" || line > 1 || column > 1 { column += 1 }
            }
        }
    }

    /// YAML 1.2 `c-printable`, narrowed: no C1 controls, and carriage returns only as line ends are
    /// left to the parser.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a, 0x0d: true
        case 0..<0x20, 0x7f..<0xa0, 0xfffe, 0xffff: false
        default: true
        }
    }
}
