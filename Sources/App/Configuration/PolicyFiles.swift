// Policies from files and directories, with every mistake of every file. It reads; the decoder in
// Core decides.

package import Core
import Engine
import Faults
import Host
import Platform
import YAML

/// Reads policy files.
package enum PolicyFiles {
    /// Reads `paths`: files, and directories of `*.yaml` and `*.yml` files (not nested).
    package static func read(_ paths: [String]) -> DecodedPolicies {
        var sources: [PolicySource] = []
        for path in paths {
            for file in files(at: path) { sources.append(source(file)) }
        }
        var specs: [String: [ParameterSpec]] = [:]
        for manifest in FaultCatalog.all.manifests {
            specs[manifest.name] = manifest.parameters
        }
        let decoder = PolicyDecoder(
            faults: specs, zone: { (name) throws(ConfigError) in try ZoneFile.load(name) })
        var decoded = decoder.decode(sources)
        if decoded.policies.isEmpty, decoded.errors.isEmpty {
            decoded.errors.append(
                ConfigError(
                    file: paths.joined(separator: ", "), message: "there is no policy here",
                    fix: "name a file with kind: ChaosPolicy, e.g. config/minimal.yaml"))
        }
        return decoded
    }

    /// The files that a path stands for, sorted; an unreadable path is kept, and fails when read.
    static func files(at path: String) -> [String] {
        guard let entries = try? FileSystem.list(path) else { return [path] }
        return entries.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
            .map { path.hasSuffix("/") ? path + $0 : path + "/" + $0 }
    }

    private static func source(_ file: String) -> PolicySource {
        do throws(Failure) {
            let bytes = try FileSystem.read(file, limit: YAML.sizeLimit + 1)
            let contents = YAML.read(bytes)
            return PolicySource(
                file: file, documents: contents.documents, digest: digest(bytes),
                errors: contents.errors)
        } catch {
            return PolicySource(
                file: file, documents: [], errors: [ConfigError(message: error.message)])
        }
    }

    /// A short name of a text: tells versions of a policy apart, and protects nothing.
    static func digest(_ bytes: [UInt8]) -> String {
        FNV1a(bytes).hexadecimal
    }
}
