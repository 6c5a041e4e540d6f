// The address and credentials that Kubernetes gives to every pod that has a ServiceAccount.

import Core
package import Platform

/// Access from inside a pod.
package enum InClusterConfig {
    /// Where the kubelet mounts the ServiceAccount.
    package static let directory = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// Whether `environment` is that of a pod.
    package static func isAvailable(_ environment: [String: String]) -> Bool {
        !(environment["KUBERNETES_SERVICE_HOST"] ?? "").isEmpty
    }

    /// Reads the certificate authority now; the token file is read again while the program runs.
    package static func access(
        environment: [String: String], readFile: FileReader
    ) throws(Failure) -> ClusterAccess {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty else {
            throw Failure(
                .rejected,
                "not running in a pod: KUBERNETES_SERVICE_HOST is not set; name a kubeconfig")
        }
        let port = environment["KUBERNETES_SERVICE_PORT"] ?? "443"
        let name = host.contains(":") ? "[\(host)]" : host
        let authorities = try readFile(directory + "/ca.crt")
        // A missing token is an error now rather than a 401 later.
        _ = try readFile(directory + "/token")
        var namespace = "default"
        if let bytes = try? readFile(directory + "/namespace") {
            let text = String(decoding: bytes, as: UTF8.self).trimmed
            if !text.isEmpty { namespace = text }
        }
        return ClusterAccess(
            server: "https://\(name):\(port)", tls: TLSSettings(authorities: authorities),
            credential: .tokenFile(directory + "/token"), namespace: namespace,
            origin: "the pod's ServiceAccount")
    }
}

extension String {
    /// Without spaces and line breaks at both ends.
    var trimmed: String {
        var text = Substring(self)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        return String(text)
    }
}
