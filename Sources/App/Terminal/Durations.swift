// Durations on the command line, as policies write them.

import Core

package enum Durations {
    /// `15s`, `2m`, `1h30m`; nil when it is none.
    package static func parse(_ text: String) -> Duration? { Duration(human: text) }
}
