// What a libcurl result means to a caller: whether to try again, and what to look at.

import CCurl
import Core
import Glibc
import Platform

/// How a transfer ended, with what libcurl knew at that moment.
struct CurlError {
    let code: CURLcode
    /// The `errno` of the connection attempt; 0 when unknown.
    let systemCode: Int32
    /// libcurl's own words; may be empty.
    let detail: String
    let refusedBody: Bool
    let refusedHead: Bool

    func failure(for request: Request) -> Failure {
        let place = request.place
        let host = URLParts(request.url)?.host ?? "the host"
        let detail =
            self.detail.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : self.detail
        if refusedBody {
            return Failure(
                .rejected,
                "\(place): the response body is larger than the \(request.bodyLimit) bytes allowed")
        }
        if refusedHead {
            return Failure(
                .rejected, "\(place): the response head is larger than \(HeadParser.limit) bytes")
        }
        switch code {
        case CURLE_UNSUPPORTED_PROTOCOL:
            return Failure(.rejected, "\(place): not spoken here (\(detail))")
        case CURLE_URL_MALFORMAT:
            return Failure(.rejected, "\(place): malformed URL; write http(s)://host:port/path")
        case CURLE_COULDNT_RESOLVE_HOST:
            return Failure(
                .transient, "\(place): cannot resolve \(host); check the name and the DNS server")
        case CURLE_COULDNT_RESOLVE_PROXY:
            return Failure(
                .transient, "\(place): cannot resolve the proxy; check http_proxy and https_proxy")
        case CURLE_COULDNT_CONNECT:
            return Failure(.transient, "\(place): \(connectMessage(detail))")
        case CURLE_OPERATION_TIMEDOUT:
            return Failure(.transient, "\(place): no answer within \(request.deadline.human)")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR:
            return Failure(
                .rejected,
                "\(place): the server's certificate is not trusted (\(detail)); "
                    + "check the certificate authority and the host name")
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER:
            return Failure(
                .rejected,
                "\(place): the client certificate, its key or the authorities cannot be used "
                    + "(\(detail)); they must be PEM text")
        case CURLE_SSL_CONNECT_ERROR:
            return Failure(.transient, "\(place): the TLS handshake failed (\(detail))")
        case CURLE_BAD_CONTENT_ENCODING:
            return Failure(.rejected, "\(place): the compressed body is damaged (\(detail))")
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE,
            CURLE_HTTP2, CURLE_HTTP2_STREAM:
            return Failure(.transient, "\(place): the connection broke (\(detail))")
        default:
            return Failure(.transient, "\(place): \(detail)")
        }
    }

    private func connectMessage(_ detail: String) -> String {
        if systemCode == ECONNREFUSED {
            return "connection refused: nothing listens there"
        }
        if systemCode == 0 { return "cannot connect (\(detail))" }
        return "cannot connect: \(SystemError(code: systemCode))"
    }
}
