// TLS against `openssl s_server`, with certificates made for the test: whom we trust, and who we
// are.

import Core
import Glibc
import Platform
import Testing

@testable import Host

@Suite(
    .timeLimit(.minutes(10)), .serialized, .enabled(if: isExecutable("/usr/bin/openssl")))
struct TLSTests {
    struct Files {
        let directory: String
        func pem(_ name: String) throws -> [UInt8] {
            try FileSystem.read("\(directory)/\(name).pem")
        }
    }

    /// An authority, a server certificate for `api.test` and 127.0.0.1, and a client certificate.
    static func makeCertificates(_ directory: String) async throws -> Files {
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        try FileSystem.writeAtomically(
            Array("subjectAltName=DNS:api.test,IP:127.0.0.1\n".utf8), to: directory + "/san")
        _ = try await shell(
            """
            cd \(directory) && for ca in ca other; do
              openssl req -x509 \(key) -keyout $ca-key.pem -out $ca.pem -subj /CN=$ca -days 2
            done
            for who in server client; do
              openssl req \(key) -keyout $who-key.pem -out $who.csr -subj /CN=$who &&
              openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial \
                -out $who.pem -days 2 -extfile san
            done
            """)
        return Files(directory: directory)
    }

    /// Runs `body` with the port of a server that answers every GET with a page about its
    /// connection.
    static func withServer(
        _ files: Files, _ options: [String] = [], _ body: (Int) async throws -> Void
    ) async throws {
        let port = Promise<Int>()
        let server = try ChildProcess(
            ChildProcess.Plan(
                "/usr/bin/openssl",
                [
                    "s_server", "-accept", "127.0.0.1:0", "-www", "-cert",
                    files.directory + "/server.pem", "-key", files.directory + "/server-key.pem",
                ] + options,
                output: .lines { line in
                    // `ACCEPT 127.0.0.1:34567`
                    guard line.hasPrefix("ACCEPT"), let colon = line.lastIndex(of: ":"),
                        let number = Int(line[colon...].dropFirst())
                    else { return }
                    Task { await port.fulfill(number) }
                }))
        let result = await Result { () async throws in try await body(await port.get()) }
        _ = await server.stop(grace: .milliseconds(100))
        try result.get()
    }

    @Test func trustsTheGivenAuthorityOnly() async throws {
        try await withTemporaryDirectory { directory in
            let files = try await Self.makeCertificates(directory)
            try await Self.withServer(files) { port in
                let network = try CurlNetwork()
                let url = "https://127.0.0.1:\(port)/"
                let good = TLSSettings(authorities: try files.pem("ca"))
                let response = try await network.exchange(Request("GET", url, tls: good))
                #expect(response.status == 200)
                for settings in [nil, TLSSettings(authorities: try files.pem("other"))] {
                    await expectFailure(.rejected, url, "not trusted") {
                        _ = try await network.exchange(Request("GET", url, tls: settings))
                    }
                }
                let careless = try await network.exchange(
                    Request("GET", url, tls: TLSSettings(insecure: true)))
                #expect(careless.status == 200)
                // A connection made without checks is not reused where checks are asked for.
                await expectFailure(.rejected, "not trusted") {
                    _ = try await network.exchange(Request("GET", url))
                }
                await expectFailure(.rejected, "PEM") {
                    _ = try await network.exchange(
                        Request(
                            "GET", url,
                            tls: TLSSettings(
                                authorities: try files.pem("ca"),
                                clientCertificate: Array("nonsense".utf8),
                                clientKey: Array("nonsense".utf8))))
                }
            }
        }
    }

    @Test func checksTheNameThatIsAskedFor() async throws {
        try await withTemporaryDirectory { directory in
            let files = try await Self.makeCertificates(directory)
            try await Self.withServer(files) { port in
                let network = try CurlNetwork()
                let authorities = try files.pem("ca")
                let named = TLSSettings(authorities: authorities, serverName: "api.test")
                for host in ["127.0.0.1", "localhost"] {
                    let response = try await network.exchange(
                        Request("GET", "https://\(host):\(port)/", tls: named))
                    #expect(response.status == 200)
                }
                let wrong = TLSSettings(authorities: authorities, serverName: "web.test")
                await expectFailure(.rejected, "not trusted", "https://127.0.0.1:\(port)/") {
                    _ = try await network.exchange(
                        Request("GET", "https://127.0.0.1:\(port)/", tls: wrong))
                }
                await expectFailure(.rejected, "not trusted") {
                    _ = try await network.exchange(
                        Request(
                            "GET", "https://localhost:\(port)/",
                            tls: TLSSettings(authorities: authorities)))
                }
            }
        }
    }

    @Test func showsTheClientCertificate() async throws {
        try await withTemporaryDirectory { directory in
            let files = try await Self.makeCertificates(directory)
            let options = [
                "-Verify", "2", "-verify_return_error", "-CAfile", "\(directory)/ca.pem",
            ]
            try await Self.withServer(files, options) { port in
                let network = try CurlNetwork()
                let url = "https://127.0.0.1:\(port)/"
                let authorities = try files.pem("ca")
                let settings = TLSSettings(
                    authorities: authorities, clientCertificate: try files.pem("client"),
                    clientKey: try files.pem("client-key"))
                let response = try await network.exchange(Request("GET", url, tls: settings))
                #expect(response.status == 200)
                await expectFailure(.transient, url) {
                    _ = try await network.exchange(
                        Request("GET", url, tls: TLSSettings(authorities: authorities)))
                }
            }
        }
    }
}
