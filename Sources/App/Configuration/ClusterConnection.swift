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
        guard let path else {
            return try listed(environment, files, exists: exists)
                .access(context: context, readFile: files)
        }
        return try Kubeconfig(try document(path, files), file: path)
            .access(context: context, readFile: files)
    }

    /// As kubectl reads them: the variable is a list, of which missing and empty files are left
    /// out, and of what two files say the first one's word holds.
    package static func listed(
        _ environment: [String: String], _ files: FileReader, exists: (String) -> Bool
    ) throws -> Kubeconfig {
        let variable = environment["KUBECONFIG"] ?? ""
        guard !variable.isEmpty else {
            let usual = (environment["HOME"] ?? "") + "/.kube/config"
            return try Kubeconfig(try document(usual, files), file: usual)
        }
        let paths = variable.split(separator: ":").map(String.init)
        var merged = Kubeconfig()
        var isFound = false
        for path in paths where exists(path) {
            guard let document = try content(path, files) else { continue }
            try merged.add(document, file: path)
            isFound = true
        }
        if isFound { return merged }
        throw ConfigError(
            message: "KUBECONFIG names no kubeconfig: missing or empty: "
                + (paths.isEmpty ? "\"\(variable)\"" : paths.joined(separator: ", ")),
            fix: "correct the variable, or unset it to use ~/.kube/config")
    }

    private static func document(_ path: String, _ files: FileReader) throws -> ConfigNode {
        guard let document = try content(path, files) else {
            throw ConfigError(file: path, message: "the kubeconfig is empty")
        }
        return document
    }

    /// The first document of a file; nil when it is empty.
    private static func content(_ path: String, _ files: FileReader) throws -> ConfigNode? {
        let contents = YAML.read(try files(path), file: path)
        if let error = contents.errors.first { throw error }
        return contents.documents.first
    }

    /// Whether something is there, readable or not.
    private static func exists(_ path: String) -> Bool {
        unsafe Glibc.access(path, F_OK) == 0 || ![ENOENT, ENOTDIR].contains(errno)
    }
}
