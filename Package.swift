// swift-tools-version: 6.3
// The target graph is the architecture: see Sources/App/Documentation.docc/Architecture.md.
// `swift build --explicit-target-dependency-import-check error` enforces it.
import PackageDescription

/// Every target of ours is compiled with the same, strict settings.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

func module(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let real: Target.Dependency = .product(name: "RealModule", package: "swift-numerics")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(
    name: "HummingbirdCore", package: "hummingbird")
let lifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let arguments: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "hazard",
    dependencies: [
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        module("Core", real),
        module("Platform", "Core"),
        module("Engine", "Core", "Platform", crypto),
        module("Kubernetes", "Core", "Platform", "Engine"),
        module("Faults", "Core", "Platform", "Engine"),
        module("Signals", "Core", "Platform", "Engine"),
        module("Notifiers", "Core", "Platform", "Engine"),
        module("YAML", "Core", "CYAML"),
        module("Web", "Core", "Platform", "Engine"),
        module("LocalCluster", "Core", "Platform"),
        module("DemoApplication", "Core", "Platform"),
        module(
            "Host", "Core", "Platform", "CCurl", "CZlib", hummingbird, hummingbirdCore, lifecycle,
            nio, httpTypes, logging, grdb),
        module("Simulation", "Core", "Platform", "Engine"),
        module(
            "App", "Core", "Platform", "Engine", "Kubernetes", "Faults", "Signals", "Notifiers",
            "YAML", "Web", "LocalCluster", "DemoApplication", "Host", "Simulation", logging),
        .executableTarget(
            name: "hazard", dependencies: ["App", arguments], swiftSettings: strict),

        // What several test targets share: real servers as child processes.
        .target(
            name: "TestServers", dependencies: ["Core", "Platform", "Host"],
            path: "Tests/TestServers", swiftSettings: strict),
        tests("CoreTests", "Core", real),
        tests("PlatformTests", "Core", "Platform"),
        tests("EngineTests", "Core", "Platform", "Engine", "Simulation"),
        tests(
            "KubernetesTests", "Core", "Platform", "Engine", "Kubernetes", "LocalCluster",
            "Simulation"),
        tests(
            "FaultsTests", "Core", "Platform", "Engine", "Kubernetes", "Faults", "LocalCluster",
            "Simulation"),
        tests(
            "SignalsTests", "Core", "Platform", "Engine", "Signals", "Host", "Simulation",
            "TestServers"),
        tests(
            "NotifiersTests", "Core", "Platform", "Engine", "Notifiers", "Host", "Simulation",
            "TestServers"),
        tests("YAMLTests", "Core", "YAML"),
        tests("WebTests", "Core", "Platform", "Engine", "Web", "Host"),
        tests("LocalClusterTests", "Core", "Platform", "LocalCluster", "Simulation"),
        tests("DemoApplicationTests", "Core", "Platform", "DemoApplication", "Simulation"),
        tests("HostTests", "Core", "Platform", "Host"),
        tests(
            "SimulationTests", "Core", "Platform", "Engine", "Kubernetes", "Faults", "Signals",
            "Notifiers", "LocalCluster", "Simulation"),
        tests(
            "AppTests", "App", "Core", "Platform", "Engine", "Host", "Signals", "YAML",
            "LocalCluster", "TestServers"),
        tests("TidyTests"),
    ]
)
