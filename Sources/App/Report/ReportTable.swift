// Tables that become lists of cards on a narrow screen: every cell carries its column's name.

import Web

struct ReportTable {
    private let columns: [String]
    /// Columns of figures, which are not broken over lines.
    private let figures: Set<String>
    private var body: [HTML] = []

    init(_ columns: [String], figures: Set<String> = []) {
        self.columns = columns
        self.figures = figures
    }

    /// Adds a row of finished cells; the first one names the row. `anchor` makes it a target of
    /// links.
    mutating func add(_ cells: [HTML], anchor: String? = nil) {
        let marked = cells.enumerated().map { index, cell -> HTML in
            let name = columns[min(index, columns.count - 1)]
            let kind: HTML = figures.contains(name) ? " class=\"num\"" : ""
            if index == 0 { return "<th scope=\"row\"\(kind)>\(cell)</th>" }
            return "<td data-label=\"\(name)\"\(kind)>\(cell)</td>"
        }
        let id: HTML = anchor.map { " id=\"\($0)\"" } ?? ""
        body.append("<tr\(id)>\(marked)</tr>\n")
    }

    var html: HTML {
        let head = columns.map { "<th scope=\"col\">\($0)</th>" as HTML }
        return """
            <table><thead><tr>\(head)</tr></thead>
            <tbody>
            \(body)</tbody></table>
            """
    }
}
