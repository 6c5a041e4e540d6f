// The tests of the other tests' eyes: what counts as code.

import Testing

struct CodeMaskTests {
    private func code(_ text: String) -> String {
        SourceFile(path: "Sources/X/Y.swift", text: text).code.joined(separator: "\n")
    }

    @Test(arguments: [
        ("let a = 1 // try! later", "let a = 1              "),
        ("f(\"try! \\(g(\"x\")) more\")", "f(\"       g(\" \")      \")"),
        ("f(#\"a \\(b) \" c\"#) + d", "f(#\"          \"#) + d"),
        ("f(#\"\\#(b)\"#)", "f(#\"   b \"#)"),
        ("a /* x /* y */ z */ b", "a                   b"),
        ("\"\"\"\na \" b\n\"\"\" + c", "\"\"\"\n     \n\"\"\" + c"),
        ("\"\\\\\" + a", "\"  \" + a"),
    ])
    func blanksCommentsAndText(text: String, expected: String) {
        #expect(code(text) == expected)
    }

    @Test func keepsPlaces() {
        for file in Repository.swift {
            #expect(file.lines.count == file.code.count, "\(file.path)")
        }
    }

    @Test(arguments: [
        ("import Core", "Core"), ("package import Core", "Core"),
        ("@testable import Host", "Host"), ("import struct Foundation.URL", "Foundation"),
        ("important", nil), ("let x = 1", nil),
    ])
    func readsImports(line: String, module: String?) {
        #expect(importedModule(line) == module)
    }

    @Test func findsTheTree() {
        #expect(Repository.sources.count > 100)
        #expect(Repository.files.contains("Package.swift"))
    }
}
