// Mistakes in spec.schedule, with the whole text of each error.

extension PolicyMistake {
    /// spec.schedule.
    static let schedule: [PolicyMistake] = [
        PolicyMistake(
            spec: "  mode: observe",
            #"5:3: spec: "schedule" is missing; write e.g. schedule: {every: 2m}"#),
        PolicyMistake(
            spec: "  schedule: {}",
            #"5:13: spec.schedule: "every" or "cron" is missing; write e.g. every: 2m"#),
        PolicyMistake(
            spec: "  schedule: 2m",
            #"5:13: spec.schedule: expected a mapping, found "2m"; known: every, cron, "#
                + #"jitter, timeZone, windows, exceptDates"#),
        PolicyMistake(
            spec: "  schedule: {every: }",
            "5:14: spec.schedule.every: has no value; write one, or remove the key"),
        PolicyMistake(
            spec: "  schedule: {every: 2}",
            #"5:21: spec.schedule.every: "2" is not a duration; add a unit, e.g. 2s"#),
        PolicyMistake(
            spec: "  schedule: {every: two minutes}",
            #"5:21: spec.schedule.every: "two minutes" is not a duration; write e.g. 90s, "#
                + #"5m or 1h30m"#),
        PolicyMistake(
            spec: "  schedule: {every: 500ms}",
            #"5:21: spec.schedule.every: "500ms" is not a duration from 1s to 7d"#),
        PolicyMistake(
            spec: #"  schedule: {every: 2m, cron: "* * * * *"}"#,
            "5:25: spec.schedule.cron: every and cron exclude each other; keep one of "
                + "the two"),
        PolicyMistake(
            spec: "  schedule: {evry: 2m}",
            #"5:14: spec.schedule: unknown key "evry"; did you mean "every"? known: "#
                + #"every, cron, jitter, timeZone, windows, exceptDates"#),
        PolicyMistake(
            spec: "  schedule: {rate: {mean: 3d, per: workload}}",
            "5:14: spec.schedule.rate: not supported in this version; remove it and "
                + "write every or cron"),
        PolicyMistake(
            spec: "  schedule: {every: 2m, onRollout: {after: 2m}}",
            "5:25: spec.schedule.onRollout: not supported in this version; remove it: "
                + "rounds start by every or cron alone"),
        PolicyMistake(
            spec: "  schedule: {every: 2m, jitter: 30}",
            #"5:33: spec.schedule.jitter: "30" is not a percentage; write 30%"#),
        PolicyMistake(
            spec: "  schedule: {every: 2m, jitter: 0.3}",
            #"5:33: spec.schedule.jitter: "0.3" is not a percentage; write 30%"#),
        PolicyMistake(
            spec: "  schedule: {every: 2m, jitter: 130%}",
            #"5:33: spec.schedule.jitter: "130%" is more than 100%; write 0% to 100%"#),
        PolicyMistake(
            spec: "  schedule: {every: 2m, jitter: -5%}",
            #"5:33: spec.schedule.jitter: "-5%" is not a percentage; write e.g. 30%"#),
        PolicyMistake(
            spec: #"  schedule: {cron: "*/2 * * * *", jitter: 10%}"#,
            "5:43: spec.schedule.jitter: cron fires at exact minutes, without jitter; "
                + "remove jitter, or write every instead of cron"),
        PolicyMistake(
            spec: #"  schedule: {cron: "61 * * * *"}"#,
            #"5:20: spec.schedule.cron: cron field minute "61": "61" is not allowed; "#
                + #"minute takes 0-59, *, lists a,b, ranges a-b and steps */n"#),
        PolicyMistake(
            spec: #"  schedule: {cron: "* 24 * * *"}"#,
            #"5:20: spec.schedule.cron: cron field hour "24": "24" is not allowed; hour "#
                + #"takes 0-23, *, lists a,b, ranges a-b and steps */n"#),
        PolicyMistake(
            spec: #"  schedule: {cron: "* * 0 * *"}"#,
            #"5:20: spec.schedule.cron: cron field day of month "0": "0" is not allowed; "#
                + #"day of month takes 1-31, *, lists a,b, ranges a-b and steps */n"#),
        PolicyMistake(
            spec: #"  schedule: {cron: "* * * FOO *"}"#,
            #"5:20: spec.schedule.cron: cron field month "FOO": "FOO" is not allowed; "#
                + #"month takes 1-12 or JAN-DEC, *, lists a,b, ranges a-b and steps */n"#),
        PolicyMistake(
            spec: #"  schedule: {cron: "* * * * 8"}"#,
            #"5:20: spec.schedule.cron: cron field day of week "8": "8" is not allowed; "#
                + #"day of week takes 0-7 or SUN-SAT, *, lists a,b, ranges a-b and steps */n"#),
        PolicyMistake(
            spec: #"  schedule: {cron: "*/0 * * * *"}"#,
            #"5:20: spec.schedule.cron: cron field minute "*/0": "0" is not a step; "#
                + #"minute takes 0-59, *, lists a,b, ranges a-b and steps */n"#),
        PolicyMistake(
            spec: #"  schedule: {cron: "30-10 * * * *"}"#,
            #"5:20: spec.schedule.cron: cron field minute "30-10": the range "30-10" ends "#
                + #"before it begins; minute takes 0-59, *, lists a,b, ranges a-b and steps */n"#),
        PolicyMistake(
            spec: #"  schedule: {cron: "1,,2 * * * *"}"#,
            #"5:20: spec.schedule.cron: cron field minute "1,,2": an element is empty; "#
                + #"minute takes 0-59, *, lists a,b, ranges a-b and steps */n"#),
        PolicyMistake(
            spec: #"  schedule: {cron: "* * * *"}"#,
            #"5:20: spec.schedule.cron: "* * * *" has 4 fields, cron has 5; write minute "#
                + #"hour day-of-month month day-of-week, e.g. "*/2 * * * *""#),
        PolicyMistake(
            spec: #"  schedule: {cron: "0 */2 * * * *"}"#,
            #"5:20: spec.schedule.cron: "0 */2 * * * *" has 6 fields, cron has 5; remove "#
                + #"the seconds: minute hour day-of-month month day-of-week"#),
        PolicyMistake(
            spec: #"  schedule: {cron: "0 0 31 2 *"}"#,
            #"5:20: spec.schedule.cron: "0 0 31 2 *" never happens: no month of it has "#
                + #"such a day; change the day of month or the month"#),
        PolicyMistake(
            spec: #"  schedule: {cron: "@dayly"}"#,
            #"5:20: spec.schedule.cron: "@dayly" is not known; did you mean "@daily"? "#
                + #"known: @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly"#),
        PolicyMistake(
            spec: "  schedule: {every: 2m, timeZone: Europe/Berln}",
            "5:35: spec.schedule.timeZone: unknown time zone Europe/Berln; did you mean "
                + "Europe/Berlin?"),
        PolicyMistake(
            spec: "  schedule: {every: 2m, windows: []}",
            "5:34: spec.schedule.windows: the list is empty; remove the key to allow all "
                + "times, or write mode: paused to allow none"),
        PolicyMistake(
            spec: #"  schedule: {every: 2m, windows: {from: "09:00"}}"#,
            #"5:34: spec.schedule.windows: expected a list, found a mapping; begin each "#
                + #"element with "- ""#),
        PolicyMistake(
            spec: "  schedule: {every: 2m, windows: [always]}",
            #"5:35: spec.schedule.windows[0]: expected a mapping, found "always"; known: "#
                + #"days, from, to"#),
        PolicyMistake(
            spec: #"  schedule: {every: 2m, windows: [{from: "09:00"}]}"#,
            #"5:35: spec.schedule.windows[0]: "to" is missing; write e.g. to: "17:00""#),
        PolicyMistake(
            spec: #"  schedule: {every: 2m, windows: [{from: 9:00, to: "17:00"}]}"#,
            #"5:42: spec.schedule.windows[0].from: "9:00" is not a time of day; write "#
                + #"00:00 to 23:59 with two digits each, as in "09:00""#),
        PolicyMistake(
            spec: #"  schedule: {every: 2m, windows: [{from: "24:00", to: "17:00"}]}"#,
            #"5:42: spec.schedule.windows[0].from: "24:00" is not a time of day; write "#
                + #"00:00 to 23:59 with two digits each, as in "09:00""#),
        PolicyMistake(
            spec: #"  schedule: {every: 2m, windows: [{from: "09:00", to: "24:01"}]}"#,
            #"5:55: spec.schedule.windows[0].to: "24:01" is not a time of day; write "#
                + #"00:00 to 24:00 with two digits each, as in "09:00""#),
        PolicyMistake(
            spec: #"  schedule: {every: 2m, windows: [{from: "09:00", to: "09:00"}]}"#,
            #"5:55: spec.schedule.windows[0].to: from and to are both 09:00; for the "#
                + #"whole day write from: "00:00" and to: "24:00""#),
        PolicyMistake(
            spec:
                #"  schedule: {every: 2m, windows: [{days: [Mon-Fry], from: "09:00", to: "#
                + #""17:00"}]}"#,
            #"5:43: spec.schedule.windows[0].days[0]: "Mon-Fry" is not a weekday; write "#
                + #"Mon, Tue, Wed, Thu, Fri, Sat, Sun or a range such as Mon-Fri"#),
        PolicyMistake(
            spec:
                #"  schedule: {every: 2m, windows: [{days: Mon-Fri, from: "09:00", to: "17:00"}]}"#,
            #"5:42: spec.schedule.windows[0].days: expected a list, found "Mon-Fri"; "#
                + #"write [Mon-Fri]"#),
        PolicyMistake(
            spec: #"  schedule: {every: 2m, windows: [{days: [], from: "09:00", to: "17:00"}]}"#,
            "5:42: spec.schedule.windows[0].days: the list is empty; remove the key to "
                + "allow every day"),
        PolicyMistake(
            spec:
                #"  schedule: {every: 2m, windows: [{days: [Mon-Fri, Tue], from: "09:00", to: "#
                + #""17:00"}]}"#,
            "5:52: spec.schedule.windows[0].days[1]: Tue is listed twice; list each day "
                + "once"),
        PolicyMistake(
            spec: "  schedule: {every: 2m, exceptDates: [24.12.2026]}",
            #"5:39: spec.schedule.exceptDates[0]: "24.12.2026" is not a date; write e.g. "#
                + #"2026-12-24"#),
        PolicyMistake(
            spec: "  schedule: {every: 2m, exceptDates: [2026-02-29]}",
            #"5:39: spec.schedule.exceptDates[0]: "2026-02-29" is not a date; 2026-02 has "#
                + #"days 01 to 28"#),
        PolicyMistake(
            spec: "  schedule: {every: 2m, exceptDates: [2026-13-01]}",
            #"5:39: spec.schedule.exceptDates[0]: "2026-13-01" is not a date; months run "#
                + #"from 01 to 12"#),
        PolicyMistake(
            spec: "  schedule: {every: 2m, exceptDates: [2026-12-24, 2026-12-24]}",
            #"5:51: spec.schedule.exceptDates[1]: "2026-12-24" is listed twice; keep one "#
                + #"of the two"#),
    ]
}
