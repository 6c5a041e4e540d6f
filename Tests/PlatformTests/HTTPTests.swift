import Platform
import Testing

struct HTTPTests {
    @Test func fieldNamesHaveNoCase() {
        var headers: Headers = ["Content-Type": "a", "X": "1", "content-type": "b"]
        #expect(headers["CONTENT-TYPE"] == "a")
        headers["content-TYPE"] = "c"
        #expect(headers.fields == [Headers.Field("X", "1"), Headers.Field("content-TYPE", "c")])
        headers["x"] = nil
        #expect(headers["X"] == nil && headers.fields.count == 1)
        #expect(headers["Content-Typ"] == nil && headers[""] == nil)
    }

    @Test func onlyLettersHaveCase() {
        let headers: Headers = ["a@b": "1", "a[b": "2"]
        #expect(headers["A`b"] == nil && headers["a{b"] == nil && headers["A[B"] == "2")
    }

    @Test func textResponsesCarryTheirType() {
        let response = Response(status: 404, contentType: "text/plain", text: "né")
        #expect(response.status == 404 && response.headers["content-type"] == "text/plain")
        #expect(response.body == [0x6e, 0xc3, 0xa9])
    }

    @Test func bodyStreamsPullAndStop() async throws {
        let calls = Lock(0)
        let stops = Lock(0)
        let body = BodyStream(
            next: { () throws(Failure) in
                let number = calls.withLock { calls in
                    calls += 1
                    return calls
                }
                if number == 3 { throw Failure(.transient, "broke") }
                return [UInt8(number)]
            }, cancel: { stops.withLock { $0 += 1 } })
        #expect(try await body.next() == [1])
        #expect(try await body.next() == [2])
        await #expect(throws: Failure(.transient, "broke")) { try await body.next() }
        body.cancel()
        #expect(stops.withLock { $0 } == 1)
    }

    @Test func failuresKeepTheirKind() {
        let failure = Failure(.rejected, "no", status: 403, retryAfter: .seconds(3))
        #expect(Failure(failure as any Error) == failure)
        #expect(Failure(CancellationError()).kind == .cancelled)
        struct Odd: Error {}
        #expect(Failure(Odd()).kind == .rejected && Failure(Odd()).message.contains("Odd"))
        #expect("\(failure)" == "no (rejected)")
    }
}
