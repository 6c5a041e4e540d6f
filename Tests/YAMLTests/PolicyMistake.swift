// One document per mistake, with the whole error it must give.

import Testing

/// A policy document with one mistake.
struct PolicyMistake: Sendable, CustomTestStringConvertible {
    var text: String
    var expected: [String]

    /// A whole document.
    init(whole text: String, _ expected: String...) {
        self.text = text
        self.expected = expected
    }

    /// The fields of spec, from line 5 on, each line indented by two.
    init(spec text: String, _ expected: String...) {
        self.text = Self.head + "spec:\n" + text + "\n"
        self.expected = expected
    }

    /// The fields of spec after a sound schedule: they begin on line 6.
    init(_ text: String, _ expected: String...) {
        self.text = Self.head + "spec:\n  schedule: {every: 2m}\n" + text + "\n"
        self.expected = expected
    }

    static let head = """
        apiVersion: hazard.dev/v1alpha1
        kind: ChaosPolicy
        metadata: {name: staging, namespace: go-app}

        """

    var testDescription: String { text }
}
