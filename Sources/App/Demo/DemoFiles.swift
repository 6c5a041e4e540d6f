// Where the demo's policy and manifests are: in the working directory, or beside the sources that
// the program was built from.

import Core
import Glibc
import Host
import Platform
import YAML

/// The files that the demo reads, and the directory it writes to.
struct DemoFiles {
    /// A directory that holds `config/demo.yaml` and `k8s/demo`.
    let root: String

    /// Looks in the working directory, then upwards from the program's own file.
    static func find() throws(Failure) -> DemoFiles {
        var candidates = ["."]
        var path = ProcessKubelet.ownExecutable
        while let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            path = String(path[..<slash])
            candidates.append(path)
        }
        for candidate in candidates {
            let policy = candidate + "/config/demo.yaml"
            if (try? FileSystem.read(policy)) != nil,
                (try? FileSystem.list(candidate + "/k8s/demo")) != nil
            {
                return DemoFiles(root: candidate)
            }
        }
        throw Failure(
            .rejected,
            "config/demo.yaml and k8s/demo were not found here; run the demo from the project's "
                + "directory")
    }

    var policy: String { root == "." ? "config/demo.yaml" : root + "/config/demo.yaml" }

    /// Every object of k8s/demo, namespace first.
    func objects() throws(Failure) -> [JSON] {
        let directory = root + "/k8s/demo"
        var objects: [JSON] = []
        for name in try FileSystem.list(directory).sorted()
        where name.hasSuffix(".yaml") && name != "kustomization.yaml" {
            let path = directory + "/" + name
            let contents = YAML.read(try FileSystem.read(path), file: path)
            if let error = contents.errors.first { throw Failure(.rejected, error.description) }
            objects += contents.documents.map(\.json)
        }
        return objects.filter { $0["kind"]?.string == "Namespace" }
            + objects.filter { $0["kind"]?.string != "Namespace" }
    }

    /// A new private directory for the journal and the kubeconfig.
    static func scratch() throws(Failure) -> String {
        let base = ClusterConnection.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(base)/hazard-demo-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            return unsafe mkdtemp(start) != nil
        }
        guard made else {
            throw Failure(.rejected, "no directory can be made in \(base); set TMPDIR")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes what the demo wrote. Only files that it knows.
    static func remove(_ directory: String) {
        let journal = ["", "-wal", "-shm", ".lock"].map { "journal.db" + $0 }
        for name in journal + ["kubeconfig"] {
            unsafe unlink(directory + "/" + name)
        }
        unsafe rmdir(directory)
    }

    static func kubeconfig(server: String) -> String {
        """
        apiVersion: v1
        kind: Config
        clusters:
        - {name: hazard-demo, cluster: {server: "\(server)"}}
        contexts:
        - {name: hazard-demo, context: {cluster: hazard-demo, user: hazard-demo, namespace: go-app}}
        current-context: hazard-demo
        users:
        - {name: hazard-demo, user: {}}

        """
    }
}
