// Gives back memory that only the start of the program needed: pages of code that are mapped from
// files. They stay in the system's cache, and come back when they are called.

import Glibc

package enum ResidentPages {
    /// Unmaps every page of code of the program and its libraries. Half of an idle daemon's
    /// resident memory is code that ran once: argument parsing, the dynamic linker, protocol
    /// conformances. What still runs is mapped again at its next call, for some microseconds each.
    ///
    /// Only mappings that are executable, not writable, and of which no page was changed since it
    /// was read from its file are touched: dropping a changed page would lose the change.
    package static func releaseCode() {
        guard let bytes = try? FileSystem.read("/proc/self/smaps") else { return }
        for mapping in unchangedCode(in: String(decoding: bytes, as: UTF8.self)) { drop(mapping) }
    }

    /// The mappings to drop, of a text as proc(5) describes for /proc/PID/smaps.
    package static func unchangedCode(in text: String) -> [(start: UInt, length: UInt)] {
        var found: [(start: UInt, length: UInt)] = []
        var mapping: (start: UInt, length: UInt)?
        for line in text.split(separator: "\n") {
            if let opened = codeMapping(line) {
                mapping = opened
            } else if line.hasPrefix("Anonymous:") {
                if let mapping, line.hasSuffix(" 0 kB") { found.append(mapping) }
                mapping = nil
            } else if line.first.map({ $0.isLowercase || $0.isNumber }) ?? true {
                // Another mapping begins.
                mapping = nil
            }
        }
        return found
    }

    /// A line that opens a mapping of code from a file: `55d0-55e0 r-xp 0000 fe:00 123 /path`.
    private static func codeMapping(_ line: Substring) -> (start: UInt, length: UInt)? {
        let fields = line.split(separator: " ")
        guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { return nil }
        let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard ends.count == 2, ends[1] > ends[0] else { return nil }
        return (ends[0], ends[1] - ends[0])
    }

    private static func drop(_ mapping: (start: UInt, length: UInt)) {
        _ = unsafe madvise(
            UnsafeMutableRawPointer(bitPattern: mapping.start), Int(mapping.length), MADV_DONTNEED)
    }
}
