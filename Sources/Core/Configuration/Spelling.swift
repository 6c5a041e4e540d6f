// Finds the word somebody meant. Pure text; it knows no schema.

package enum Spelling {
    /// The nearest of `words` to `word`, when it is near enough to be a slip: at most a third of
    /// the letters wrong (optimal string alignment distance, letter case ignored). Ties go to the
    /// first.
    package static func nearest(to word: String, in words: [String]) -> String? {
        let typed = Array(word.lowercased())
        guard !typed.isEmpty, typed.count <= 64 else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in words {
            let letters = Array(candidate.lowercased())
            let limit = max(1, (max(letters.count, typed.count) + 1) / 3)
            guard abs(letters.count - typed.count) <= limit else { continue }
            let found = distance(typed, letters)
            if found <= limit, found < best?.distance ?? .max { best = (candidate, found) }
        }
        return best?.word
    }

    /// `did you mean "x"? known: a, b` with the parts that help.
    package static func advice(_ word: String, known: [String]) -> String {
        let all = "known: " + known.joined(separator: ", ")
        guard let near = nearest(to: word, in: known) else { return all }
        return "did you mean \"\(near)\"? " + all
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var before: [Int] = []
        var previous = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let same = left[row] == right[column]
                var cost = min(
                    previous[column] + (same ? 0 : 1), previous[column + 1] + 1, current[column] + 1
                )
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    cost = min(cost, before[column - 1] + 1)
                }
                current.append(cost)
            }
            before = previous
            previous = current
        }
        return previous[right.count]
    }
}
