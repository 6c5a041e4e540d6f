// Time zones by name from the system's tzdata. Unknown names are answered with the nearest ones.

package import Core
import Glibc
import Platform

package enum ZoneFile {
    /// Where tzdata is: `TZDIR`, or the usual place.
    package static var systemDirectory: String {
        guard let set = unsafe getenv("TZDIR") else { return "/usr/share/zoneinfo" }
        let path = unsafe String(cString: set)
        return path.isEmpty ? "/usr/share/zoneinfo" : path
    }

    /// The zone `name`, e.g. `Europe/Berlin`. `UTC` needs no tzdata.
    package static func load(
        _ name: String, directory: String = systemDirectory
    ) throws(ConfigError) -> Zone {
        if name == "UTC" { return .utc }
        guard isWellFormed(name) else {
            throw ConfigError(
                message: "\(name.debugDescription) is not a time zone name",
                fix: "write an IANA name such as Europe/Berlin or UTC")
        }
        let path = "\(directory)/\(name)"
        let bytes: [UInt8]
        do {
            bytes = try FileSystem.read(path, limit: 1 << 20)
        } catch {
            throw unknown(name, directory)
        }
        do {
            return try ZoneData.zone(named: name, from: bytes)
        } catch {
            throw ConfigError(
                message: "the time zone file \(path) cannot be used: \(error.reason)",
                fix: "reinstall the package tzdata")
        }
    }

    /// Names have no dots and no empty parts, so that a path cannot leave the directory.
    private static func isWellFormed(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { byte in
            (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57)
                || "_+-/".utf8.contains(byte)
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return isPlain && name.utf8.count <= 64 && parts.allSatisfy { !$0.isEmpty }
    }

    private static func unknown(_ name: String, _ directory: String) -> ConfigError {
        let known = names(in: directory, prefix: "", depth: 0)
        if known.isEmpty {
            return ConfigError(
                message: "the time zone \(name) cannot be read: \(directory) has no zones",
                fix: "install the package tzdata, or set TZDIR, or use UTC")
        }
        let wanted = name.lowercased()
        let nearest = known.map { ($0, distance(wanted, $0.lowercased())) }
            .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(3).map(\.0)
        return ConfigError(
            message: "unknown time zone \(name)",
            fix: "did you mean \(nearest.joined(separator: ", "))?")
    }

    /// Names of zone files, at most three levels deep, sorted.
    private static func names(in directory: String, prefix: String, depth: Int) -> [String] {
        guard depth < 3, let entries = try? FileSystem.list(directory) else { return [] }
        var found: [String] = []
        for entry in entries where isWellFormed(entry) && !["posix", "right"].contains(entry) {
            let path = "\(directory)/\(entry)"
            if (try? FileSystem.list(path)) != nil {
                found += names(in: path, prefix: "\(prefix)\(entry)/", depth: depth + 1)
            } else if entry.first?.isUppercase == true {
                found.append(prefix + entry)
            }
        }
        return found
    }

    /// Edits (insert, delete, replace) between two names; the part after the last slash alone
    /// counts when only that was written.
    private static func distance(_ wanted: String, _ known: String) -> Int {
        if known.hasPrefix(wanted + "/") { return 1 }
        let city = known.split(separator: "/").last.map(String.init) ?? known
        let candidates = wanted.contains("/") ? [known] : [known, city]
        return candidates.map { edits(Array(wanted.utf8), Array($0.utf8)) }.min() ?? .max
    }

    private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let replaced = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}
