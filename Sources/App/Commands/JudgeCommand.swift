// `hazard judge`: the daemon's judge on somebody's own recorded data, line by line, so that it may
// be tried without a cluster, and on data that is still being written.

import Core
import Host
import Platform

/// The command `judge`.
package enum JudgeCommand {
    /// What is judged, and how.
    package struct Options: Sendable {
        /// A file of comma-separated text; `-` is standard input.
        package var path: String
        /// Time between two rows, e.g. `15s`; measured when nil.
        package var interval: String?
        /// E.g. `1 per 30d`.
        package var falseAlarms: String
        package var format: OutputFormat

        package init(
            path: String, interval: String? = nil, falseAlarms: String = "1 per 30d",
            format: OutputFormat = .text
        ) {
            self.path = path
            self.interval = interval
            self.falseAlarms = falseAlarms
            self.format = format
        }
    }

    /// 3: something anomalous was found; 4: the data did not suffice to say anything.
    package static func run(_ options: Options, output: Output = .terminal) -> ExitStatus {
        let report = JudgeFileReport(
            name: options.path == "-" ? "standard input" : options.path, format: options.format,
            output: output)
        do {
            var settings = JudgeSettings()
            settings.falseAlarmPeriod = try falseAlarms(options.falseAlarms)
            let interval = try options.interval.map { try length($0) }
            var lines = try FileLines(options.path)
            guard var series = try begin(&lines, settings, interval) else {
                output.error(
                    "\(report.name) is empty: a header such as timestamp,bad,total comes first")
                return .usage
            }
            while let line = try lines.next() {
                switch line {
                case .text(let text): report.tell(series.add(text))
                case .tooLong:
                    report.tell(series.skip("the line has more than \(FileLines.limit) bytes"))
                }
            }
            report.tell(series.finish())
            return report.end(series)
        } catch let error as ConfigError {
            output.error((error.line > 0 ? error.inFile(report.name) : error).description)
            return .usage
        } catch {
            output.error(Failure(error).message)
            return .failure
        }
    }

    private static func falseAlarms(_ text: String) throws(ConfigError) -> Duration {
        do throws(ConfigError) { return try ConfigScalar.alarmPeriod.read(text, false) } catch {
            throw ConfigError(path: "--false-alarms", message: error.message, fix: error.fix)
        }
    }

    private static func length(_ text: String) throws(ConfigError) -> Duration {
        if let length = Duration(human: text), length >= .milliseconds(1),
            length <= .seconds(86_400)
        {
            return length
        }
        throw ConfigError(
            path: "--interval", message: "\"\(text)\" is not a time from 1ms to 1d between rows",
            fix: "write e.g. 15s, or leave it out to have it measured")
    }

    /// Reads up to the header; nil when there is none.
    private static func begin(
        _ lines: inout FileLines, _ settings: JudgeSettings, _ interval: Duration?
    ) throws -> RecordedSeries? {
        var number = 0
        while let line = try lines.next() {
            number += 1
            guard case .text(let found) = line else {
                throw ConfigError(
                    line: number, message: "the line has more than \(FileLines.limit) bytes",
                    fix: "this is no header; the first line names the columns")
            }
            // A byte order mark may stand before a comment too.
            let hasMark = number == 1 && found.unicodeScalars.first == "\u{feff}"
            let text = hasMark ? String(found.unicodeScalars.dropFirst()) : found
            if text.hasPrefix("#") || text.allSatisfy(\.isWhitespace) { continue }
            return try RecordedSeries(
                header: text, line: number, settings: settings, interval: interval)
        }
        return nil
    }
}
