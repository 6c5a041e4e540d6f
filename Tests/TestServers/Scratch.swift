// Directories and ports that a test has to itself.

import Core
import Glibc
import Host
package import Platform

package enum Scratch {
    /// A new directory under /tmp; removed by whoever made it.
    package static func make(_ name: String) throws(Failure) -> String {
        var path = Array("/tmp/\(name)-XXXXXX".utf8CString)
        let made = unsafe path.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            return unsafe mkdtemp(start) != nil
        }
        guard made else { throw Failure(.rejected, "no directory /tmp/\(name)-*: error \(errno)") }
        return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes a directory and all in it; what cannot be removed stays.
    package static func remove(_ path: String) {
        // A link is removed, never followed; a directory cannot be unlinked.
        if unsafe unlink(path) == 0 { return }
        for name in (try? FileSystem.list(path)) ?? [] { remove(path + "/" + name) }
        unsafe rmdir(path)
    }
}

package enum LoopbackPort {
    /// A port that nobody listens on. The kernel takes the ports of outgoing connections from
    /// `ip_local_port_range`, 32768 and above: a port asked from it (port 0) and given back may be
    /// one of these a moment later. So this one is drawn from below.
    package static func find() throws(Failure) -> UInt16 {
        for _ in 0..<200 {
            let port = UInt16.random(in: 20_000..<32_000)
            if isFree(port) { return port }
        }
        throw Failure(.rejected, "no free loopback port between 20000 and 32000")
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length) == 0
            }
        }
    }
}
