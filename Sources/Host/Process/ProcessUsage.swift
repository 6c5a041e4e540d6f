// What a process uses of the machine, from /proc: the numbers behind the process_* metrics.

package import Core
import Glibc

package struct ProcessUsage: Sendable, Hashable {
    package var residentBytes: Int
    package var virtualBytes: Int
    /// User and system time together.
    package var cpuSeconds: Double
    package var openFiles: Int
    /// How many files it may have open (RLIMIT_NOFILE).
    package var maxFiles: Int
    package var threads: Int
    /// When the process started, to a hundredth of a second.
    package var start: Timestamp

    private static var fileLimit: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 0
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Of this process. Nil where /proc is not mounted.
    package static var current: ProcessUsage? { read("self") }

    /// Of another process of the same user; nil when there is none. `maxFiles` is this process's.
    package static func of(pid: Int32) -> ProcessUsage? { read(String(pid)) }

    private static func read(_ process: String) -> ProcessUsage? {
        guard let status = text("/proc/\(process)/stat"), let system = text("/proc/stat"),
            let close = status.lastIndex(of: ")"),
            let files = try? FileSystem.list("/proc/\(process)/fd"),
            let boot = system.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let bootSecond = Int64(boot.dropFirst(6))
        else { return nil }
        // The name before the parenthesis may hold anything; the fields after it are numbers.
        // Numbering of proc(5): the state, first here, is field 3.
        let fields = status[close...].dropFirst().split(separator: " ")
        func field(_ number: Int) -> Int? {
            fields.indices.contains(number - 3)
                ? Int(fields[number - 3].filter { $0.isNumber }) : nil
        }
        guard let user = field(14), let kernel = field(15), let threads = field(20),
            let started = field(22), let virtual = field(23), let pages = field(24)
        else { return nil }
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return ProcessUsage(
            residentBytes: pages * Int(sysconf(Int32(_SC_PAGESIZE))), virtualBytes: virtual,
            cpuSeconds: Double(user + kernel) / ticks,
            // The directory itself was open while it was listed.
            openFiles: process == "self" ? files.count - 1 : files.count, maxFiles: fileLimit,
            threads: threads,
            start: Timestamp(seconds: Double(bootSecond) + Double(started) / ticks))
    }

    private static func text(_ path: String) -> String? {
        (try? FileSystem.read(path)).map { String(decoding: $0, as: UTF8.self) }
    }
}
