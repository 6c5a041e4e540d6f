// Texts that are not acceptable YAML, with the whole error each must give.

import Testing

/// A text with a mistake, and `line:column: message; fix` of each.
struct YAMLMistake: Sendable, CustomTestStringConvertible {
    var bytes: [UInt8]
    var expected: [String]

    init(_ text: String, _ expected: String...) {
        bytes = Array(text.utf8)
        self.expected = expected
    }

    init(bytes: [UInt8], _ expected: String...) {
        self.bytes = bytes
        self.expected = expected
    }

    var testDescription: String { String(decoding: bytes, as: UTF8.self) }

    static let all: [YAMLMistake] = [
        YAMLMistake(
            "a: 1\nb: 2\na: 3\n",
            #"3:1: the key "a" is repeated; it first stands at 1:1; keep one of the two"#),
        YAMLMistake(
            "a: {b: 1, b: 2}\n",
            #"1:11: the key "b" is repeated; it first stands at 1:5; keep one of the "#
                + #"two"#),
        YAMLMistake(
            "a: &x 1\nb: *x\n",
            "1:4: the anchor &x is not allowed; remove it and write values out",
            "2:4: the alias *x is not allowed; write the value out here"),
        YAMLMistake(
            "a: &x [1]\nb: &y {c: 2}\n",
            "1:4: the anchor &x is not allowed; remove it and write values out",
            "2:4: the anchor &y is not allowed; remove it and write values out"),
        YAMLMistake(
            "a: *nowhere\n",
            "1:4: the alias *nowhere is not allowed; write the value out here"),
        YAMLMistake(
            "base: 1\na:\n  <<: {b: 1}\n",
            "3:3: merge keys (<<) are not allowed; write the fields out here"),
        YAMLMistake(
            "a: !secret x\nb: !!python/object [1]\nc: !!set {x: 1}\n",
            "1:4: the tag !secret is not allowed; remove it",
            "2:4: the tag !!python/object is not allowed; remove it",
            "3:4: the tag !!set is not allowed; remove it"),
        YAMLMistake(
            "a: !!binary aGk=\nb: !!timestamp 2026-01-01\n",
            "1:4: the tag !!binary is not allowed; remove it",
            "2:4: the tag !!timestamp is not allowed; remove it"),
        YAMLMistake(
            "? [a, b]\n: 1\n",
            #"1:3: a key must be a single value; write "key: value""#),
        YAMLMistake(
            "? {a: b}\n: 1\n",
            #"1:3: a key must be a single value; write "key: value""#),
        YAMLMistake(
            ": 1\n",
            "1:1: YAML: did not find expected key while parsing a block mapping; check "
                + "that the keys of one mapping start in the same column"),
        YAMLMistake(
            "a:\n\tb: 1\n",
            "2:1: YAML: a tab is used for indentation; indent with spaces"),
        YAMLMistake(
            "a: 1\n\tb: 1\n",
            "2:1: YAML: a tab is used for indentation; indent with spaces"),
        YAMLMistake(
            "a: b: c\n",
            #"1:5: YAML: mapping values are not allowed in this context; put quotes "#
                + #"around a value that holds ": ", or check the indentation"#),
        YAMLMistake(
            "a: 1\n b: 2\n",
            #"2:3: YAML: mapping values are not allowed in this context; put quotes "#
                + #"around a value that holds ": ", or check the indentation"#),
        YAMLMistake(
            "a:\n  b: 1\n c: 2\n",
            "3:2: YAML: did not find expected key while parsing a block mapping that "
                + "began on line 1; check that the keys of one mapping start in the same "
                + "column"),
        YAMLMistake(
            "a: [1, 2\nb: 3\n",
            "2:2: YAML: did not find expected ',' or ']' while parsing a flow sequence "
                + "that began on line 1; close the list with ]"),
        YAMLMistake(
            "a: {b: 1\nc: 2\n",
            "2:2: YAML: did not find expected ',' or '}' while parsing a flow mapping "
                + "that began on line 1; close the mapping with }"),
        YAMLMistake(
            "a: \"open\nb: 1\n",
            "3:1: YAML: found unexpected end of stream while scanning a quoted scalar "
                + "that began on line 1; close the quote"),
        YAMLMistake(
            "a: \"\\d\"\n",
            "1:5: YAML: found unknown escape character while parsing a quoted scalar; "
                + "use single quotes when the value holds a backslash"),
        YAMLMistake(
            "a: @x\n",
            "1:4: YAML: found character that cannot start any token while scanning for "
                + "the next token; put quotes around the value"),
        YAMLMistake(
            "a: `x`\n",
            "1:4: YAML: found character that cannot start any token while scanning for "
                + "the next token; put quotes around the value"),
        YAMLMistake(
            "a: %x\n",
            "1:4: YAML: found character that cannot start any token while scanning for "
                + "the next token; put quotes around the value"),
        YAMLMistake(
            "a\nb: 1\n",
            #"2:2: YAML: mapping values are not allowed in this context; put quotes "#
                + #"around a value that holds ": ", or check the indentation"#),
        YAMLMistake(
            "- a\nb: 1\n",
            #"2:1: YAML: did not find expected '-' indicator while parsing a block "#
                + #"collection that began on line 1; start every element with "- " in one "#
                + #"column"#),
        YAMLMistake(
            "a: 1\n- b\n",
            "2:1: YAML: did not find expected key while parsing a block mapping that "
                + "began on line 1; check that the keys of one mapping start in the same "
                + "column"),
        YAMLMistake(
            "%YAML 2.0\n---\na: 1\n",
            "1:1: YAML: found incompatible YAML document; remove the line %YAML"),
        YAMLMistake(
            "a: 1\n...\nb: 2\n...\n%x\n",
            "3:1: YAML: did not find expected <document start>; put --- between two "
                + "documents"),
        YAMLMistake(
            "a: x\u{7}y\n",
            "1:5: control character U+0007 is not allowed; delete it, or write it as "
                + "an escape in double quotes"),
        YAMLMistake(
            "a: 1\né: \u{1b}[31m\n",
            "2:4: control character U+001B is not allowed; delete it, or write it as "
                + "an escape in double quotes"),
        YAMLMistake(
            "a: \u{85}\n",
            "1:4: control character U+0085 is not allowed; delete it, or write it as "
                + "an escape in double quotes"),
        YAMLMistake(
            "a: \u{0}\n",
            "1:4: control character U+0000 is not allowed; delete it, or write it as "
                + "an escape in double quotes"),
        YAMLMistake(
            bytes: Array("a: 1\nb: é".utf8) + [0xff],
            "2:5: the text is not valid UTF-8 here; save the file as UTF-8"),
        YAMLMistake(
            bytes: [0x61, 0x3a, 0x20, 0xc3],
            "1:4: the text is not valid UTF-8 here; save the file as UTF-8"),
        YAMLMistake(
            bytes: [0x61, 0x3a, 0x20, 0xed, 0xa0, 0x80],
            "1:4: the text is not valid UTF-8 here; save the file as UTF-8"),
        YAMLMistake(
            bytes: [0xff, 0xfe, 0x61, 0x00],
            "1:1: the file is UTF-16; save it as UTF-8"),
        YAMLMistake(
            bytes: [0xfe, 0xff, 0x00, 0x61],
            "1:1: the file is UTF-16; save it as UTF-8"),
    ]
}
