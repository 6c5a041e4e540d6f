import Testing

@testable import Core

/// What cron fields mean, as sets of values.
@Suite struct CronReaderTests {
    @Test(arguments: [
        ("*/15 * * * *", [0, 15, 30, 45]), ("5-8 * * * *", [5, 6, 7, 8]),
        ("1,3,5-7 * * * *", [1, 3, 5, 6, 7]), ("10-30/10 * * * *", [10, 20, 30]),
        ("50/4 * * * *", [50, 54, 58]), ("@hourly", [0]), ("07 * * * *", [7]),
    ])
    func minutes(text: String, expected: [Int]) throws {
        let cron = try CronReader.read(text)
        #expect((0..<60).filter { cron.minutes >> UInt64($0) & 1 == 1 } == expected)
        #expect(cron.text == text)
    }

    @Test(arguments: [
        ("* * * * MON-FRI", [1, 2, 3, 4, 5]), ("* * * * 5-7", [0, 5, 6]), ("* * * * 7", [0]),
        ("* * * * sun,Wed", [0, 3]), ("* * * * *", [0, 1, 2, 3, 4, 5, 6]), ("@weekly", [0]),
    ])
    func weekdays(text: String, expected: [Int]) throws {
        let cron = try CronReader.read(text)
        #expect((0..<8).filter { $0 < 7 && cron.weekdays >> UInt8($0) & 1 == 1 } == expected)
        #expect(cron.weekdays < 128)
    }

    @Test func fieldsThatBeginWithAStarDoNotRestrict() throws {
        let cron = try CronReader.read("0 */4 */2 jan-mar */2")
        #expect(cron.hoursAreWild && !cron.daysRestricted && !cron.weekdaysRestricted)
        #expect(cron.months == 0b1110)
        let fixed = try CronReader.read("0 4 1 * 1")
        #expect(!fixed.hoursAreWild && fixed.daysRestricted && fixed.weekdaysRestricted)
    }

    @Test func noiseNeverCrashes() {
        var random = RandomStream(seed: 9)
        let letters = Array("0123456789*/-, @JANSUN\t")
        for _ in 0..<20_000 {
            let text = String(
                (0..<random.below(24)).map { _ in letters[random.below(letters.count)] })
            do throws(ConfigError) {
                let cron = try CronReader.read(text)
                #expect(cron.minutes != 0 && cron.hours != 0 && cron.months != 0)
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }
}
