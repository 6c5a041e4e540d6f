// Base64 as kubeconfig files use it: the standard alphabet, padding optional, line breaks ignored.

extension [UInt8] {
    /// The bytes that `text` encodes (RFC 4648 section 4); nil when it is not base64.
    package init?(base64 text: String) {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count * 3 / 4)
        var buffer: UInt32 = 0
        var bits = 0
        var padding = 0
        for byte in text.utf8 {
            let value: UInt32
            switch byte {
            case 0x41...0x5a: value = UInt32(byte - 0x41)
            case 0x61...0x7a: value = UInt32(byte - 0x61 + 26)
            case 0x30...0x39: value = UInt32(byte - 0x30 + 52)
            case 0x2b: value = 62
            case 0x2f: value = 63
            case 0x3d:
                padding += 1
                continue
            case 0x09, 0x0a, 0x0d, 0x20: continue
            default: return nil
            }
            guard padding == 0 else { return nil }
            buffer = (buffer << 6 | value) & 0xff_ffff
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        // Left over: 0, 2 or 4 bits of zeros; six would be a lone character.
        guard bits < 6, padding <= 2, buffer & ((1 << UInt32(bits)) - 1) == 0 else { return nil }
        self = out
    }
}
