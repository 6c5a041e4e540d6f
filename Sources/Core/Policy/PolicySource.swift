// What the policy decoder is given and what it hands back.

/// The documents of one policy file, ConfigMap key or object.
package struct PolicySource: Sendable, Hashable {
    /// Named in errors and kept as `Policy.source`.
    package var file: String
    package var documents: [ConfigNode]
    /// Of the text; kept as `Policy.digest`.
    package var digest: String
    /// Mistakes found before decoding, e.g. in the YAML.
    package var errors: [ConfigError]

    package init(
        file: String, documents: [ConfigNode], digest: String = "", errors: [ConfigError] = []
    ) {
        self.file = file
        self.documents = documents
        self.digest = digest
        self.errors = errors
    }
}

/// The outcome of decoding. With any error, nothing of it may replace policies that are in force.
package struct DecodedPolicies: Sendable, Hashable {
    /// Those without a mistake, in the order of the sources.
    package var policies: [Policy]
    /// By source, then by position.
    package var errors: [ConfigError]
}
