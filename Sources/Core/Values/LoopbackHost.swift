// Which hosts are this machine and nobody else.

/// The loopback interface, by name or address.
package enum LoopbackHost {
    /// Whether `host`, without port and brackets, is a name or an address of the loopback
    /// interface. `127.example.com` is not.
    package static func contains(_ host: String) -> Bool {
        let name = host.lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") || name == "::1" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
