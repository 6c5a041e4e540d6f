import Platform
import Testing

struct URLPartsTests {
    struct Case: CustomTestStringConvertible {
        let text: String
        let scheme: String
        let host: String
        let port: Int?
        let path: String
        let query: String?
        var testDescription: String { text }

        init(
            _ text: String, _ scheme: String, _ host: String, _ port: Int?, _ path: String,
            _ query: String? = nil
        ) {
            self.text = text
            self.scheme = scheme
            self.host = host
            self.port = port
            self.path = path
            self.query = query
        }
    }

    @Test(arguments: [
        Case("http://a", "http", "a", nil, "/"),
        Case("HTTPS://A.example/", "https", "A.example", nil, "/"),
        Case("http://a:80/b/c?d=e", "http", "a", 80, "/b/c", "d=e"),
        Case("http://a?x", "http", "a", nil, "/", "x"),
        Case("http://a/?", "http", "a", nil, "/", ""),
        Case("http://a/b#frag?no", "http", "a", nil, "/b"),
        Case("http://a/b?c#frag", "http", "a", nil, "/b", "c"),
        Case("https://u:p@a:8443/b", "https", "a", 8443, "/b"),
        Case("https://u:p@x@a/b", "https", "a", nil, "/b"),
        Case("http://[::1]:8080/x", "http", "::1", 8080, "/x"),
        Case("http://[2001:db8::1]", "http", "2001:db8::1", nil, "/"),
        Case("http://a/b@c:d", "http", "a", nil, "/b@c:d"),
        Case("/x/y?z=1&z=2", "", "", nil, "/x/y", "z=1&z=2"),
        Case("/", "", "", nil, "/"),
        Case("/a:b//c", "", "", nil, "/a:b//c"),
    ])
    func takesApart(example: Case) throws {
        let parts = try #require(URLParts(example.text))
        #expect(parts.scheme == example.scheme)
        #expect(parts.host == example.host)
        #expect(parts.port == example.port)
        #expect(parts.path == example.path)
        #expect(parts.query == example.query)
    }

    @Test(arguments: [
        "", "a", "a/b", "http:", "http:/a", "http://", "http:///x", "http://:80/", "ftp://a/",
        "file:///etc/passwd", "http://a:x/", "http://a:0/", "http://a:65536/", "http://a:-1/",
        "http://[::1/", "http://[::1]x/", "http://[]/", "http://a:1:2/", "://a", "?x", "#x",
    ])
    func refuses(text: String) {
        #expect(URLParts(text) == nil)
    }

    @Test func segmentsAndQueriesAreDecoded() throws {
        let parts = try #require(
            URLParts("/api//v1/a%2Fb/%zz/?x=a+b%2B&y=1%3D2&y=3&flag&=v&&n=%e2%82%ac"))
        #expect(parts.segments == ["api", "v1", "a/b", "%zz"])
        let items = parts.queryItems.map { "\($0.name)=\($0.value)" }
        #expect(items == ["x=a b+", "y=1=2", "y=3", "flag=", "=v", "n=€"])
        #expect(parts.queryValue("y") == "1=2" && parts.queryValue("flag") == "")
        #expect(parts.queryValue("z") == nil)
        #expect(try #require(URLParts("/")).queryItems.isEmpty)
    }

    @Test(arguments: [
        ("", ""), ("AZaz09-._~", "AZaz09-._~"), ("a b/c?d", "a%20b%2Fc%3Fd"), ("€", "%E2%82%AC"),
        ("100%", "100%25"), ("a+b&c=d", "a%2Bb%26c%3Dd"), ("\0\n", "%00%0A"),
    ])
    func encodesAllButTheUnreserved(plain: String, encoded: String) {
        #expect(plain.percentEncoded == encoded)
        #expect(encoded.percentDecoded == plain)
    }

    @Test(arguments: ["%", "%4", "%4g", "a%", "%%41", "%ff", "%c3", "%e2%82", "%-1"])
    func refusesMalformedEscapes(text: String) {
        #expect(text.percentDecoded == nil)
    }

    @Test func everyTextSurvivesTheRoundTrip() {
        for scalar in stride(from: UInt32(0), through: 0x10ffff, by: 37) {
            guard let scalar = Unicode.Scalar(scalar) else { continue }
            let text = "a\(scalar)b"
            #expect(text.percentEncoded.percentDecoded == text)
        }
    }
}
