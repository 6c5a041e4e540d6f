// The ports that the demo's pods listen on. Each pod has a loopback address of its own, so only a
// program that listens on all addresses is in the way; without a word about it pods would not
// become Ready, and nobody would know why.

import DemoApplication
import Glibc
import Platform

enum DemoPorts {
    /// The application's, its proxy's, and those of the proxy's page.
    static let all = [8080, ProxySettings.outboundPort, ProxySettings.inboundPort, 15020, 15021]

    /// Fails, with what to do, when a pod with `address` could not listen on one of `ports`.
    static func check(_ ports: [Int] = all, at address: String) throws(Failure) {
        var taken: [String] = []
        for port in ports {
            let code = bindingError(address, port)
            if code == EADDRINUSE {
                taken.append(String(port))
            } else if code != 0 {
                let reason = unsafe String(cString: strerror(code))
                throw Failure(
                    .rejected,
                    "the demo's pods cannot listen on \(address):\(port): \(reason); they need the "
                        + "loopback network 127.0.0.0/8")
            }
        }
        if taken.isEmpty { return }
        let them = taken.count == 1 ? "port \(taken[0])" : "ports \(taken.joined(separator: ", "))"
        throw Failure(
            .rejected,
            "\(them) taken: the demo's pods listen there, each on a loopback address of its own, "
                + "and another program listens on all addresses; stop it, or make it listen on "
                + "127.0.0.1 only (`ss -ltnp` shows who listens)")
    }

    /// Why a listener could not be bound; zero when it could.
    private static func bindingError(_ host: String, _ port: Int) -> Int32 {
        let descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        // As the listeners do: connections that have just ended are not in the way.
        var reuse: Int32 = 1
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return EINVAL }
        let isBound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        return isBound ? 0 : errno
    }
}
