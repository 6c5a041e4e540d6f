// A plugin is its file, its test and one line in its catalog; none of the three may be missing.

import Testing

struct CatalogTests {
    /// A folder of plugins and the protocols that make a type one of them.
    private static let plugins = [
        (folder: "Faults", ports: ["Fault"]),
        (folder: "Notifiers", ports: ["Notifier"]),
        (folder: "Signals", ports: ["ConfigurableSignalSource"]),
    ]

    @Test(arguments: plugins)
    func isComplete(folder: String, ports: [String]) {
        var found: [Violation] = []
        let catalog = "Sources/\(folder)/Catalog.swift"
        let listed = Repository.sources.first { $0.path == catalog }
        #expect(listed != nil, "\(catalog) is missing")
        var names: [String] = []
        for file in Repository.sources where file.path.hasPrefix("Sources/\(folder)/") {
            for (index, line) in file.code.enumerated() {
                guard let name = conforming(line, to: ports) else { continue }
                names.append(name)
                let lines = listed?.code ?? []
                if !lines.contains(where: { !occurrences(of: "\(name).self", in: $0).isEmpty }) {
                    found.append(
                        Violation(
                            file.path, index + 1, "\(name) is not in \(catalog): add its line"))
                }
                if file.name != name + ".swift" {
                    found.append(
                        Violation(
                            file.path, index + 1, "\(name) belongs into a file of its own name"))
                }
                let tests = "Tests/\(folder)Tests/\(name)Tests.swift"
                if !Repository.exists(tests) {
                    found.append(
                        Violation(file.path, index + 1, "\(name) has no tests: write \(tests)"))
                }
            }
        }
        #expect(!names.isEmpty, "no plugin found in Sources/\(folder)")
        expectNone(found)
    }

    /// The type that `line` declares, when it conforms to one of `ports`.
    private func conforming(_ line: String, to ports: [String]) -> String? {
        for kind in ["struct ", "class ", "actor "] {
            guard let declared = occurrences(of: kind, in: line).first else { continue }
            let rest = line[declared.upperBound...]
            let name = rest.prefix { $0.isLetter || $0.isNumber }
            let conformances = rest.dropFirst(name.count).prefix { $0 != "{" }
            guard conformances.first == ":" else { continue }
            let all = conformances.dropFirst().split { ", ".contains($0) }.map(String.init)
            if all.contains(where: ports.contains) { return String(name) }
        }
        return nil
    }
}
