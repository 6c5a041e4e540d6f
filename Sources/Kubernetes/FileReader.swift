// Reading whole files, handed in by whoever may touch the file system.

package import Platform

/// Reads a file at a path. The failure names the path.
package struct FileReader: Sendable {
    private let read: @Sendable (String) throws(Failure) -> [UInt8]

    package init(_ read: @escaping @Sendable (String) throws(Failure) -> [UInt8]) {
        self.read = read
    }

    package func callAsFunction(_ path: String) throws(Failure) -> [UInt8] { try read(path) }

    /// Reads nothing: for access that names no file.
    package static let none = FileReader { (path) throws(Failure) in
        throw Failure(.rejected, "no file can be read here: \(path)")
    }
}
