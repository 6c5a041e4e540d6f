// Numbers for people: as many digits as tell something.

/// Three significant digits, or all digits of a larger whole part.
func shortNumber(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    while value != 0, (value * scale).magnitude < 100, scale < 1e6 { scale *= 10 }
    let text = "\((value * scale).rounded() / scale)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
