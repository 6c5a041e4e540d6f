// A table of the bench as Markdown, and the text in front of it.

/// Rows with a heading. The first columns name the row; they do not depend on chance.
package struct ReportTable: Sendable, Hashable {
    package var title: String
    /// One paragraph: what was simulated and what the columns say.
    package var note: String
    package var columns: [String]
    /// How many columns name a row.
    package var names: Int
    package var rows: [[String]] = []

    package init(_ title: String, _ note: String, columns: [String], names: Int = 1) {
        self.title = title
        self.note = note
        self.columns = columns
        self.names = names
    }

    /// Adds a row: one cell for each column.
    package mutating func add(_ cells: String...) { rows.append(cells) }

    /// The names of the rows, cell by cell.
    package var labels: [[String]] { rows.map { Array($0.prefix(names)) } }

    /// As Markdown with a heading of the third level, lines without their ends.
    package var lines: [String] {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        return ["### \(title)", ""] + Self.wrapped(note) + ["", line(columns)]
            + ["|" + columns.map { _ in "---|" }.joined()] + rows.map(line)
    }

    /// Breaks a paragraph into lines of at most 120 characters.
    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var current = ""
        for word in text.split(separator: " ") {
            if !current.isEmpty, current.count + word.count + 1 > 120 {
                lines.append(current)
                current = ""
            }
            current += (current.isEmpty ? "" : " ") + word
        }
        return current.isEmpty ? lines : lines + [current]
    }
}
