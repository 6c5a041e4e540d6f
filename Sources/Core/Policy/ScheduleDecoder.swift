// spec.schedule as a checked value: cadence, jitter, zone, windows, dates without rounds.

extension PolicyDecoder {
    /// Nil when the cadence is missing or wrong, which was then reported.
    func schedule(_ spec: ConfigFields) -> Schedule? {
        guard let node = spec.required("schedule", fix: "write e.g. schedule: {every: 2m}") else {
            return nil
        }
        let fields = ConfigFields(
            node, path: spec.path(of: "schedule"),
            known: ["every", "cron", "jitter", "timeZone", "windows", "exceptDates"],
            unsupported: [
                "rate": "remove it and write every or cron",
                "onRollout": "remove it: rounds start by every or cron alone",
            ], errors: spec.errors)
        let cadence = cadence(fields)
        let jitter = fields.read("jitter", .percentage) ?? 0
        if case .cron? = cadence, jitter > 0, let at = fields["jitter"] {
            fields.errors.add(
                at: at, fields.path(of: "jitter"), "cron fires at exact minutes, without jitter",
                fix: "remove jitter, or write every instead of cron")
        }
        let windows = self.windows(fields)
        let dates = fields.distinct("exceptDates", .date) ?? []
        guard let cadence else { return nil }
        return Schedule(
            cadence: cadence, jitter: jitter, zone: zone(fields), windows: windows,
            exceptDates: dates.sorted())
    }

    private func cadence(_ fields: ConfigFields) -> Schedule.Cadence? {
        let week = Duration.seconds(7 * 86_400)
        let every = fields.read("every", .duration(.seconds(1)...week))
        let cron = fields.read(
            "cron",
            ConfigScalar<CronExpression>("a cron expression") { (text, _) throws(ConfigError) in
                try CronReader.read(text)
            })
        if let first = fields.member("every"), let second = fields.member("cron") {
            let later =
                (first.keyLine, first.keyColumn) < (second.keyLine, second.keyColumn)
                ? second : first
            fields.errors.add(
                ConfigError(
                    line: later.keyLine, column: later.keyColumn,
                    path: fields.path(of: later.key), message: "every and cron exclude each other",
                    fix: "keep one of the two"))
        }
        if !fields.has("every"), !fields.has("cron"), fields.isPresent, fields["rate"] == nil,
            fields.node["rate"] == nil
        {
            fields.errors.add(
                at: fields.node, fields.path, "\"every\" or \"cron\" is missing",
                fix: "write e.g. every: 2m")
        }
        if let every { return .every(every) }
        return cron.map { .cron($0) }
    }

    private func zone(_ fields: ConfigFields) -> Zone {
        let reader = ConfigScalar<Zone>("a time zone") { (text, _) throws(ConfigError) in
            try zone(text)
        }
        return fields.read("timeZone", reader) ?? .utc
    }

    private func windows(_ fields: ConfigFields) -> [TimeWindow] {
        guard let elements = fields.list("windows", ofMappings: true) else { return [] }
        if elements.isEmpty, let node = fields["windows"] {
            fields.errors.add(
                at: node, fields.path(of: "windows"), "the list is empty",
                fix: "remove the key to allow all times, or write mode: paused to allow none")
        }
        return elements.compactMap { window($0.node, path: $0.path, fields.errors) }
    }

    private func window(
        _ node: ConfigNode, path: String, _ errors: ConfigErrors
    ) -> TimeWindow? {
        let fields = ConfigFields(
            node, path: path, known: ["days", "from", "to"], errors: errors)
        let weekdays = weekdays(fields)
        let from = fields.require(
            "from", .clock(upTo: 1439), fix: "write e.g. from: \"09:00\"")
        let to = fields.require("to", .clock(upTo: 1440), fix: "write e.g. to: \"17:00\"")
        guard let from, let to else { return nil }
        if from == to, let at = fields["to"] {
            errors.add(
                at: at, fields.path(of: "to"), "from and to are both \(TimeWindow.clock(from))",
                fix: "for the whole day write from: \"00:00\" and to: \"24:00\"")
        }
        return TimeWindow(weekdays: weekdays, from: from, to: to)
    }

    private func weekdays(_ fields: ConfigFields) -> Set<Int> {
        let path = fields.path(of: "days")
        guard let elements = fields.list("days") else { return Set(1...7) }
        if elements.isEmpty, let node = fields["days"] {
            fields.errors.add(
                at: node, path, "the list is empty", fix: "remove the key to allow every day")
        }
        var weekdays: Set<Int> = []
        for (node, path) in elements {
            guard let days = fields.read(node, path: path, .weekdays) else { continue }
            for day in days where !weekdays.insert(day).inserted {
                fields.errors.add(
                    at: node, path, "\(WeekdayName.all[day - 1]) is listed twice",
                    fix: "list each day once")
                break
            }
        }
        return weekdays
    }
}

extension ConfigScalar where Value == [Int] {
    fileprivate static var weekdays: Self {
        Self("a weekday", fix: "write Mon, Tue, Wed, Thu, Fri, Sat, Sun or a range such as Mon-Fri")
        {
            text, _ in WeekdayName.days(text)
        }
    }
}

extension ConfigScalar where Value == Int {
    /// `HH:MM` as minutes after midnight, up to `limit`.
    fileprivate static func clock(upTo limit: Int) -> Self {
        let range = "00:00 to " + TimeWindow.clock(limit)
        return Self("a time of day", fix: "write \(range) with two digits each, as in \"09:00\"") {
            text, _ in
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2,
                parts.allSatisfy({
                    $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) }
                }),
                let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60,
                hour * 60 + minute <= limit
            else { return nil }
            return hour * 60 + minute
        }
    }
}

extension ConfigScalar where Value == CalendarDate {
    fileprivate static var date: Self {
        Self("a date") { (text, _) throws(ConfigError) in
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.map(\.utf8.count) == [4, 2, 2],
                text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 45 }),
                let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
            else {
                throw ConfigError(
                    message: "\"\(text)\" is not a date", fix: "write e.g. 2026-12-24")
            }
            guard (1...12).contains(month) else {
                throw ConfigError(
                    message: "\"\(text)\" is not a date", fix: "months run from 01 to 12")
            }
            let last = CivilTime.days(inMonth: month, of: year)
            guard (1...last).contains(day) else {
                throw ConfigError(
                    message: "\"\(text)\" is not a date",
                    fix: "\(text.prefix(7)) has days 01 to \(last)")
            }
            return CalendarDate(year: year, month: month, day: day)
        }
    }
}
