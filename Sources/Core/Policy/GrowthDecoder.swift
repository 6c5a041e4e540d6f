// Reads `spec.blastRadius.grow`.

extension PolicyDecoder {
    private static let example = "{levels: [1, 10%, 30%], after: {cleanRounds: 20}}"

    /// Nil when absent, or wrong and reported.
    func growth(_ radius: ConfigFields) -> Growth? {
        let fields = radius.mapping("grow", known: ["levels", "after"])
        guard fields.isPresent else { return nil }
        let after = fields.mapping("after", known: ["cleanRounds"])
        let cleanRounds = after.read("cleanRounds", .whole(1...10_000)) ?? 20
        guard let node = fields.required("levels", fix: "write e.g. \(Self.example)"),
            let elements = fields.list("levels")
        else { return nil }
        if elements.isEmpty || elements.count > 20 {
            fields.errors.add(
                at: node, fields.path(of: "levels"),
                elements.isEmpty
                    ? "the list is empty" : "\(elements.count) levels are more than 20",
                fix: "write e.g. [1, 10%, 30%]")
            return nil
        }
        var levels: [Amount] = []
        for (node, path) in elements {
            guard let level = fields.read(node, path: path, .amount) else { continue }
            if let message = Self.objection(to: level, after: levels.last) {
                fields.errors.add(
                    at: node, path, message, fix: "list growing levels, e.g. [1, 10%, 30%]")
            }
            levels.append(level)
        }
        return Growth(levels: levels, cleanRounds: cleanRounds)
    }

    /// Why `level` may not stand after `last`. Counts and percentages cannot be compared.
    private static func objection(to level: Amount, after last: Amount?) -> String? {
        switch (level, last) {
        case (.count(0), _), (.share(0), _): "\(level) allows nothing, so nothing could be earned"
        case (.count(let count), .count(let before)) where count <= before:
            "\(level) is not more than \(Amount.count(before)) before it"
        case (.share(let share), .share(let before)) where share <= before:
            "\(level) is not more than \(Amount.share(before)) before it"
        default: nil
        }
    }
}
