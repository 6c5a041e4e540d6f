// Which answers are compressed, and gzip itself.

import CZlib
import Platform

enum Compression {
    /// Bytes below which a packet is sent anyway.
    private static let threshold = 1024

    /// Text beyond a kilobyte that nobody encoded yet.
    static func isWorthwhile(for response: Response) -> Bool {
        guard response.body.count > threshold, response.headers["Content-Encoding"] == nil,
            let type = response.headers["Content-Type"]?.lowercased()
        else { return false }
        return type.hasPrefix("text/") || type.hasPrefix("application/openmetrics-text")
            || type.hasPrefix("application/json")
    }

    /// Whether an Accept-Encoding field's value allows gzip (RFC 9110 section 12.5.3).
    static func accepts(_ value: String) -> Bool {
        var isAccepted = false
        for item in value.lowercased().split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            guard let coding = parts.first, coding == "gzip" || coding == "*" else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { $0.dropFirst(2) }
            isAccepted = quality.map { (Double($0) ?? 0) > 0 } ?? true
            // The name itself outweighs the wild card.
            if coding == "gzip" { return isAccepted }
        }
        return isAccepted
    }

    /// `bytes` as one gzip member; nil when zlib has no memory or nothing is gained.
    static func gzip(_ bytes: [UInt8]) -> [UInt8]? {
        let capacity = czlib_gzip_bound(bytes.count)
        let packed = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            count = unsafe bytes.withUnsafeBufferPointer { input in
                // Level 1: answers are made once and read once.
                unsafe czlib_gzip(input.baseAddress, input.count, output.baseAddress, capacity, 1)
            }
        }
        return packed.isEmpty || packed.count >= bytes.count ? nil : packed
    }
}
