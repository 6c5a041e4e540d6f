// Columns for a terminal. The last column is as long as it is.

/// Rows of cells, aligned on the left.
struct TextTable {
    private let head: [String]
    private var rows: [[String]] = []

    init(_ head: [String]) { self.head = head }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The head and the rows, two spaces between columns.
    var lines: [String] {
        var widths = head.map(\.count)
        for row in rows {
            for (column, cell) in row.enumerated() where column < widths.count {
                widths[column] = max(widths[column], cell.count)
            }
        }
        return ([head] + rows).map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let isLast = column == row.count - 1
                let gap = isLast ? 0 : widths[column] - cell.count + 2
                line += cell + String(repeating: " ", count: gap)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
