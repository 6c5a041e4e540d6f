// Traffic that comes in batches, with silence between them.

import Core
import Testing

@Suite struct BatchTrafficTests {
    @Test func aBatchEveryFiveMinutesIsUsual() {
        var line = OtherSignalsTests.Line([.traffic])
        for window in 0..<1500 {
            line.load = window % 20 == 0 ? 100 : 0
            line.pass(1)
        }
        #expect(line.anomalies.isEmpty, "\(line.anomalies.map(\.text).prefix(3))")
    }

    @Test func aBatchEveryHourIsUsual() {
        var line = OtherSignalsTests.Line([.traffic])
        line.load = 0
        line.pass(200)
        for window in 0..<1500 {
            line.load = window % 240 == 0 ? 1000 : 0
            line.pass(1)
        }
        #expect(line.anomalies.isEmpty, "\(line.anomalies.map(\.text).prefix(3))")
    }

    /// What is said of batches takes nothing from what is said of a stream: also a service with few
    /// requests that swing is found when it falls silent.
    @Test(arguments: [5.0, 150])
    func aStreamThatStopsIsFound(load: Double) {
        var line = OtherSignalsTests.Line([.traffic])
        line.load = load
        line.pass(400)
        #expect(line.anomalies.isEmpty)
        line.load = 0
        line.pass(8)
        #expect(line.anomalies.count == 1)
    }
}
