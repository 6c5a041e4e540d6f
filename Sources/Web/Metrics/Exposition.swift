// The registry's values as one exposition.

import Core

/// Renders every family of the registry.
package func exposition(_ input: MetricInput, format: MetricFormat) -> [UInt8] {
    // About 110 bytes a sample; too little only costs a copy.
    let samples = 600 + input.services.count * 9 + input.state.counters.rounds.count * 2
    var writer = MetricWriter(format: format, capacity: samples * 110)
    for family in MetricRegistry.families {
        writer.begin(family)
        family.read(input, &writer)
    }
    writer.end()
    return writer.bytes
}
