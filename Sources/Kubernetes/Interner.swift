// Gives equal values one small number, so that 150,000 pods hold each text once.

/// Values by number, in the order they were first seen.
struct Interner<Value: Hashable & Sendable>: Sendable {
    private(set) var values: [Value] = []
    private var numbers: [Value: Int32] = [:]

    init() {}

    var count: Int { values.count }

    /// The number of `value`, a new one when it was not seen yet.
    mutating func number(_ value: Value) -> Int32 {
        if let known = numbers[value] { return known }
        let number = Int32(values.count)
        values.append(value)
        numbers[value] = number
        return number
    }

    subscript(number: Int32) -> Value { values[Int(number)] }
}
