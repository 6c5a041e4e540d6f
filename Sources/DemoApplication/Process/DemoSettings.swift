// What one process of the demo is told through its environment, checked.

package import Core

/// The settings of one process. Every name of a variable is in `init(environment:kind:)`.
package struct DemoSettings: Sendable {
    package var podIP: String
    package var podName: String
    package var namespace: String
    package var workload: MeshWorkload
    /// The service in front of the pod.
    package var service: ServiceName
    /// The API server's URL without a path.
    package var kubernetes: String
    /// Namespaces whose services the proxy knows.
    package var namespaces: [String]
    package var database: String
    package var applicationPort: Int
    package var applicationMetrics: String?
    package var openMetrics: Bool
    package var retries: Int
    package var timeout: Duration
    package var balancing: ProxySettings.Balancing
    package var lag: Duration
    package var aliases: [String: ServiceName]
    package var load: LoadGenerator.Settings?
    package var seed: UInt64

    /// Reads POD_IP, POD_NAME, POD_NAMESPACE (required), WORKLOAD, APP, VERSION, SERVICE,
    /// KUBERNETES_API, MESH_NAMESPACES (comma-separated), DB (URL, host:port, or host), APP_PORT,
    /// APP_METRICS (path, empty for none), APP_OPENMETRICS, RETRIES, TIMEOUT, BALANCING
    /// (random or round-robin), ENDPOINT_LAG, ALIASES (`name=service.namespace,…`), LOAD_RATE
    /// (requests a second, 0 for none), LOAD_TARGET, LOAD_HOST, LOAD_DEADLINE, LOAD_CONCURRENCY,
    /// SEED.
    package init(
        environment: [String: String], kind: DemoProcess.Kind
    ) throws(ConfigError) {
        let read = Variables(values: environment)
        podIP = try read.required("POD_IP")
        podName = try read.required("POD_NAME")
        namespace = try read.required("POD_NAMESPACE")
        let name = read.text("WORKLOAD") ?? Self.owner(of: podName)
        workload = MeshWorkload(
            name: name, namespace: namespace, app: read.text("APP"), version: read.text("VERSION"))
        service = ServiceName(read.text("SERVICE") ?? workload.app, namespace)
        let proxy = kind == .sidecar || kind == .gateway
        kubernetes =
            proxy ? try read.required("KUBERNETES_API") : read.text("KUBERNETES_API") ?? ""
        while kubernetes.hasSuffix("/") { kubernetes.removeLast() }
        namespaces = (read.text("MESH_NAMESPACES") ?? namespace).split(separator: ",").map {
            String($0)
        }
        database = Self.database(read.text("DB") ?? "go-app-db")
        applicationPort = try read.number("APP_PORT", 8080, in: 1...65_535)
        applicationMetrics = read.text("APP_METRICS")
        openMetrics = read.text("APP_OPENMETRICS") == "true"
        retries = try read.number("RETRIES", 2, in: 0...10)
        timeout = try read.duration("TIMEOUT", .seconds(15))
        lag = try read.duration("ENDPOINT_LAG", .seconds(1))
        let rule = read.text("BALANCING") ?? "random"
        guard let known = ProxySettings.Balancing(rawValue: rule) else {
            throw Variables.error("BALANCING", rule, fix: "write random or round-robin")
        }
        balancing = known
        aliases = try read.aliases("ALIASES", from: namespace)
        seed = UInt64(try read.number("SEED", 0, in: 0...Int.max))
        load = kind == .gateway ? try Self.load(read, seed: seed) : nil
    }

    private static func load(
        _ read: Variables, seed: UInt64
    ) throws(ConfigError) -> LoadGenerator.Settings? {
        let rate = try read.rate("LOAD_RATE", 0)
        guard rate > 0 else { return nil }
        var load = LoadGenerator.Settings(pace: .poisson(perSecond: rate), seed: seed)
        load.host = read.text("LOAD_HOST") ?? load.host
        load.target = read.text("LOAD_TARGET") ?? load.target
        load.deadline = try read.duration("LOAD_DEADLINE", load.deadline)
        load.concurrency = try read.number("LOAD_CONCURRENCY", load.concurrency, in: 1...4096)
        return load
    }

    /// A URL stays; a host gets MongoDB's port unless it has one.
    private static func database(_ text: String) -> String {
        if text.contains("://") { return text }
        return "http://" + (text.contains(":") ? text : text + ":27017")
    }

    /// `go-app-6d4cf56db6-x2x7q` belongs to `go-app`; other names are their own owner.
    private static func owner(of pod: String) -> String {
        let parts = pod.split(separator: "-")
        guard parts.count > 2 else { return pod }
        return parts.dropLast(2).joined(separator: "-")
    }

    /// The settings as a proxy wants them.
    func proxy(gateway: Bool) -> ProxySettings {
        ProxySettings(
            workload: workload, pod: podName, address: podIP, service: gateway ? nil : service,
            applicationPort: applicationPort, retries: retries, timeout: timeout,
            balancing: balancing, aliases: aliases, seed: seed)
    }
}
