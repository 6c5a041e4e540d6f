import Platform
import Testing

struct LockTests {
    @Test func noIncrementIsLost() async {
        let lock = Lock(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask { for _ in 0..<5000 { lock.withLock { $0 += 1 } } }
            }
        }
        #expect(lock.withLock { $0 } == 80_000)
    }

    @Test func aThrowingBodyUnlocks() {
        let lock = Lock([1])
        let error = #expect(throws: Failure.self) {
            try lock.withLock { (value) throws(Failure) in
                value.append(2)
                throw Failure(.rejected, "no")
            }
        }
        #expect(error?.message == "no")
        #expect(lock.withLock { $0 } == [1, 2])
    }
}
