import Core
import Testing
import YAML

@Suite struct YAMLTests {
    @Test func valuesKeepTheirTextAndPosition() {
        let contents = YAML.read(
            """
            # comment
            a: 5
            "b c":
              - "5"
              - 'x: y'
              - {n: ~, t: true}
            d: |
              two
              lines
            é: über
            """)
        #expect(contents.errors.isEmpty)
        let expected = ConfigNode(
            .mapping([
                .init(
                    key: "a", keyLine: 2, keyColumn: 1,
                    value: ConfigNode(.scalar("5", quoted: false), line: 2, column: 4)),
                .init(
                    key: "b c", keyLine: 3, keyColumn: 1,
                    value: ConfigNode(
                        .sequence([
                            ConfigNode(.scalar("5", quoted: true), line: 4, column: 5),
                            ConfigNode(.scalar("x: y", quoted: true), line: 5, column: 5),
                            ConfigNode(
                                .mapping([
                                    .init(
                                        key: "n", keyLine: 6, keyColumn: 6,
                                        value: ConfigNode(.null, line: 6, column: 9)),
                                    .init(
                                        key: "t", keyLine: 6, keyColumn: 12,
                                        value: ConfigNode(
                                            .scalar("true", quoted: false), line: 6, column: 15)),
                                ]), line: 6, column: 5),
                        ]), line: 4, column: 3)),
                .init(
                    key: "d", keyLine: 7, keyColumn: 1,
                    value: ConfigNode(.scalar("two\nlines\n", quoted: true), line: 7, column: 4)),
                .init(
                    key: "é", keyLine: 10, keyColumn: 1,
                    value: ConfigNode(.scalar("über", quoted: false), line: 10, column: 4)),
            ]), line: 2, column: 1)
        #expect(contents.documents == [expected])
    }

    @Test(arguments: [
        ("", 0), ("# only a comment\n", 0), ("---\n---\na: 1\n", 1), ("a: 1\n---\nb: 2\n...\n", 2),
        ("\u{feff}a: 1\n", 1), ("a: 1\r\nb: 2\r\n", 1), ("{\"json\": [1, 2.5, null, \"x\"]}", 1),
        ("%YAML 1.1\n---\na: 1\n", 1), ("null", 0),
    ])
    func emptyDocumentsAreDropped(text: String, count: Int) {
        let contents = YAML.read(text)
        #expect(contents.errors.isEmpty)
        #expect(contents.documents.count == count)
    }

    @Test func coreTagsSayWhatAScalarIs() {
        let contents = YAML.read("[!!str 5, !!int \"5\", !!null '', ! 5]")
        #expect(contents.errors.isEmpty)
        #expect(
            contents.documents.first?.json
                == .array([.string("5"), .integer(5), .null, .string("5")]))
    }

    @Test(arguments: YAMLMistake.all)
    func mistake(_ row: YAMLMistake) {
        let errors = YAML.read(row.bytes, file: "p.yaml").errors.map(\.description)
        #expect(errors == row.expected.map { "p.yaml:" + $0 })
    }

    @Test func sizeHasALimit() {
        let fitting = Array(repeating: UInt8(ascii: "a"), count: YAML.sizeLimit)
        #expect(YAML.read(fitting).errors.isEmpty)
        #expect(
            YAML.read(fitting + [0x61]).errors.map(\.description) == [
                "1:1: the file has 1048577 bytes, more than the 1048576 allowed; "
                    + "split it into several files"
            ])
    }

    @Test func depthHasALimit() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(YAML.read(nested(YAML.depthLimit + 1)).errors.isEmpty)
        #expect(
            YAML.read(nested(YAML.depthLimit + 2)).errors.map(\.description) == [
                "1:66: nested deeper than 64 levels; nest less deeply"
            ])
        // Far beyond what a stack could hold.
        #expect(YAML.read(nested(200_000)).errors.count == 1)
        #expect(YAML.read(String(repeating: "{a: ", count: 100_000)).errors.count == 1)
        #expect(YAML.read(String(repeating: "? ", count: 100_000)).errors.count == 1)
    }

    @Test func manyMistakesAreBounded() {
        let text = (0..<10_000).map { "k\($0): &a 1\n" }.joined()
        #expect(YAML.read(text).errors.count == 100)
    }
}
