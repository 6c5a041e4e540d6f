// The files of this repository as tests read them: from disk, once, without build products.

import Glibc

/// The tree that this file belongs to.
enum Repository {
    static let root: String = {
        // Tests/TidyTests/Repository.swift, three places below the root.
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
            .joined(separator: "/")
    }()

    /// Paths from the root, sorted, of every file that is not made by building or running.
    static let files: [String] = walk("")

    /// Every Swift file of the project's own modules and tests.
    static let swift: [SourceFile] = files.filter {
        $0.hasSuffix(".swift") && ($0.hasPrefix("Sources/") || $0.hasPrefix("Tests/"))
    }.map { SourceFile(path: $0, text: read($0)) }

    static let sources: [SourceFile] = swift.filter { $0.path.hasPrefix("Sources/") }

    /// Names of directories that hold build products, tools and version control.
    private static let skipped: Set<String> = [
        ".git", ".build", ".tools", ".swiftpm", ".index-build",
    ]

    /// Whether a file is text that this project wrote or generated, not a recorded fixture.
    static func isOwnText(_ path: String) -> Bool {
        if path.hasPrefix("Tests/Fixtures/") || path == "Package.resolved" { return false }
        let kinds: Set<Substring> = [
            "swift", "md", "yaml", "yml", "json", "h", "modulemap", "sh", "txt", "scenario", "run",
            "html", "css", "js",
        ]
        let name = path.split(separator: "/").last ?? ""
        guard name.contains(".") else { return name != "LICENSE" }
        return kinds.contains(name.split(separator: ".").last ?? "")
    }

    static func exists(_ path: String) -> Bool {
        unsafe access(root + "/" + path, F_OK) == 0
    }

    /// The text of a file; empty, and an issue in the test that needs it, when it cannot be read.
    static func read(_ path: String) -> String {
        let file = unsafe open(root + "/" + path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe Glibc.read(file, &block, block.count)
            if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += block[..<count]
        }
    }

    /// Whether `text` has `word` anywhere; quick, to leave out files that have not.
    static func mentions(_ text: String, _ word: String) -> Bool {
        unsafe strstr(text, word) != nil
    }

    private static func walk(_ folder: String) -> [String] {
        var found: [String] = []
        for (name, isFolder) in list(root + "/" + folder) where !skipped.contains(name) {
            let path = folder.isEmpty ? name : folder + "/" + name
            if isFolder { found += walk(path) } else { found.append(path) }
        }
        return found
    }

    private static func list(_ path: String) -> [(name: String, isFolder: Bool)] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var entries: [(name: String, isFolder: Bool)] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." { continue }
            entries.append((name, unsafe entry.pointee.d_type == UInt8(DT_DIR)))
        }
        return entries.sorted { $0.name < $1.name }
    }
}
