// How to reach the Kubernetes API: a service account's files inside a cluster, else a kubeconfig.

package import Core
import Glibc
import Host
package import Kubernetes
import Platform
import YAML

/// Finds the credentials for a cluster.
package enum ClusterConnection {
    /// The variables of this process.
    package static var environment: [String: String] {
        var found: [String: String] = [:]
        var place = unsafe environ
        while let entry = unsafe place.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                found[String(text[..<equals])] = String(text[equals...].dropFirst())
            }
            unsafe place += 1
        }
        return found
    }

    /// Resolves what the configuration asks for.
    package static func access(
        _ choice: DaemonConfiguration.KubernetesAccess
    ) throws -> ClusterAccess {
        let environment = environment
        let files = FileReader { path throws(Failure) in try FileSystem.read(path) }
        switch choice {
        case .inCluster:
            return try InClusterConfig.access(environment: environment, readFile: files)
        case .automatic:
            if InClusterConfig.isAvailable(environment) {
                return try InClusterConfig.access(environment: environment, readFile: files)
            }
            return try kubeconfig(nil, nil, environment, files)
        case .kubeconfig(let path, let context):
            return try kubeconfig(path, context, environment, files)
        }
    }

    private static func kubeconfig(
        _ path: String?, _ context: String?, _ environment: [String: String], _ files: FileReader
    ) throws -> ClusterAccess {
        let home = environment["HOME"] ?? ""
        let usual = environment["KUBECONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let file = path ?? usual ?? home + "/.kube/config"
        let bytes = try FileSystem.read(file)
        let contents = YAML.read(bytes, file: file)
        if let error = contents.errors.first { throw error }
        guard let document = contents.documents.first else {
            throw ConfigError(file: file, message: "the kubeconfig is empty")
        }
        return try Kubeconfig(document, file: file).access(context: context, readFile: files)
    }
}
