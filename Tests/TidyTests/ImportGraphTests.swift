// The target graph is the architecture: who may import whom, and which modules of the system.

import Testing

struct ImportGraphTests {
    private static let plugin = ["Core", "Platform", "Engine"]

    /// Modules of this package that each target may import, as in the Architecture page.
    private static let modules: [String: [String]] = [
        "Core": [],
        "Platform": ["Core"],
        "Engine": ["Core", "Platform"],
        "Kubernetes": plugin,
        "Faults": plugin,
        "Signals": plugin,
        "Notifiers": plugin,
        "Web": plugin,
        "YAML": ["Core", "CYAML"],
        "LocalCluster": ["Core", "Platform"],
        "DemoApplication": ["Core", "Platform"],
        "Host": ["Core", "Platform", "CCurl", "CProcess", "CZlib"],
        "Simulation": plugin,
        "App": plugin + [
            "Kubernetes", "Faults", "Signals", "Notifiers", "YAML", "Web", "LocalCluster",
            "DemoApplication", "Host", "Simulation",
        ],
        "hazard": ["App"],
        "CCurl": [], "CYAML": [], "CZlib": [],
    ]

    /// Modules of other packages.
    private static let packages: [String: [String]] = [
        "Core": ["RealModule"],
        "Engine": ["Crypto"],
        "Host": [
            "GRDB", "Hummingbird", "HummingbirdCore", "HTTPTypes", "Logging", "NIOCore",
            "ServiceLifecycle",
        ],
        "App": ["Logging"],
        "hazard": ["ArgumentParser"],
    ]

    /// Files that may import a module of the system, with the reason. A folder ends in a slash.
    private static let system: [(module: String, path: String, reason: String)] = [
        ("Glibc", "Sources/Platform/Lock.swift", "the pthread mutex"),
        ("Glibc", "Sources/Host/", "the real doors are system calls"),
        ("Glibc", "Sources/App/", "standard streams, process ids, addresses of processes"),
        ("Glibc", "Sources/DemoApplication/Traffic/Draws.swift", "log and exp"),
        ("Glibc", "Sources/DemoApplication/Model/Durations.swift", "log and exp"),
        ("Glibc", "Sources/Signals/Exposition/ParseBench.swift", "the clock of a measurement"),
        (
            "FoundationEssentials", "Sources/Engine/Journal/JournalEntry.swift",
            "JSONEncoder and JSONDecoder for the events of the journal"
        ),
        (
            "FoundationEssentials", "Sources/Host/Storage/SQLiteStorage.swift",
            "the Data that GRDB reads and writes"
        ),
    ]

    @Test func eachTargetImportsWhatItMay() {
        var found: [Violation] = []
        for file in Repository.sources {
            guard let own = Self.modules[file.target] else {
                found.append(
                    Violation(
                        file.path,
                        "the target \(file.target) is not in the graph; add it to "
                            + "this test and to the Architecture page"))
                continue
            }
            let allowed = Set(own + (Self.packages[file.target] ?? []))
            for (index, line) in file.code.enumerated() {
                guard let module = importedModule(line), !allowed.contains(module) else { continue }
                let isSystem = Self.system.contains {
                    $0.module == module
                        && ($0.path.hasSuffix("/")
                            ? file.path.hasPrefix($0.path) : file.path == $0.path)
                }
                if isSystem { continue }
                found.append(
                    Violation(
                        file.path, index + 1,
                        "\(file.target) may not import \(module); it may import "
                            + (allowed.isEmpty
                                ? "nothing" : allowed.sorted().joined(separator: ", "))
                            + ". Move the code to a target that may, or pass what it needs in."))
            }
        }
        expectNone(found)
    }

    @Test func foundationIsNowhere() {
        var found: [Violation] = []
        for file in Repository.swift {
            for (index, line) in file.code.enumerated()
            where importedModule(line) == "Foundation" {
                found.append(
                    Violation(
                        file.path, index + 1,
                        "no Foundation: use Core's JSON and Timestamp, Host's FileSystem, or "
                            + "FoundationEssentials in an adapter"))
            }
        }
        expectNone(found)
    }

    /// What Package.swift says is what the tables above say.
    @Test func theManifestSaysTheSame() throws {
        let text = Repository.read("Package.swift")
        let products = [
            "real": "RealModule", "hummingbird": "Hummingbird",
            "hummingbirdCore": "HummingbirdCore", "lifecycle": "ServiceLifecycle",
            "nio": "NIOCore", "httpTypes": "HTTPTypes", "logging": "Logging", "grdb": "GRDB",
            "crypto": "Crypto", "arguments": "ArgumentParser",
        ]
        var seen = 0
        for piece in text.split(separator: "module(").dropFirst(1) {
            // The list of arguments of one call: names in quotes, products without.
            let words = piece.prefix { $0 != ")" }
                .split { ", \n".contains($0) }.map(String.init)
            guard let name = words.first, name.hasPrefix("\"") else { continue }
            let target = name.filter { $0 != "\"" }
            let listed = Set(
                words.dropFirst().map { products[$0] ?? $0.filter { $0 != "\"" } })
            var expected = Set(
                (Self.modules[target] ?? ["an unknown target"]) + (Self.packages[target] ?? []))
            // A second module in the folder of CCurl.
            expected.remove("CProcess")
            seen += 1
            #expect(listed == expected, "dependencies of \(target) in Package.swift")
        }
        #expect(seen > 0)
    }

    @Test func everyAllowanceIsUsed() {
        for (module, path, reason) in Self.system {
            let used = Repository.sources.contains { file in
                file.path.hasPrefix(path)
                    && file.code.contains { importedModule($0) == module }
            }
            #expect(used, "\(path) no longer imports \(module) (\(reason)); remove the allowance")
        }
    }
}
