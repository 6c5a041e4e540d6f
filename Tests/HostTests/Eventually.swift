// Waiting for a condition with a deadline instead of for a time.

import Testing

/// Polls until `condition` holds; records an issue after two minutes.
func eventually(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async rethrows {
    let deadline = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < deadline {
        if try await condition() { return }
        try? await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("never: \(what)", sourceLocation: sourceLocation)
}
