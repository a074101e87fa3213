internal import CCurl
internal import Linux
internal import Messages

/// One thing to ask a server.
struct HTTPRequest {
    enum Method: String { case head = "HEAD", get = "GET", post = "POST", delete = "DELETE" }

    var method: Method
    /// Below the server's address.
    var path: String
    /// Bytes wanted, of a GET.
    var range: Range<UInt64>?
    /// Where the answer of a GET goes; else it is kept in memory.
    var target: UnsafeMutableRawBufferPointer?
    /// What is sent by a POST.
    var body: ChunkedBytes?
    /// Seconds (almost) without a byte after which it is given up.
    var patience = 300.0
    /// Whether a request to stop ends it.
    var isInterruptible = true
}

/// What a server answered.
struct HTTPAnswer {
    var status: Int
    /// Bytes of the content: as announced for HEAD, as received else.
    var count: UInt64
    /// The content of an answer that had no target, and of one that tells of an error.
    var text: [UInt8]
}

/// Why there is no answer.
enum HTTPFault: Error {
    /// Something that may pass: no connection, or one that broke.
    case broken(String)
    /// Something that will not: no such protocol, a certificate that nobody vouches for.
    case hopeless(String)
    case interrupted
}

/// One connection of libcurl, kept open between requests. One thread at a time.
final class HTTPConnection {
    private static let isReady = remanso_curl_begin() == CURLE_OK
    private static let connectSeconds = 15
    /// Bytes a second: what is slower for as long as the patience lasts will never come to an end.
    private static let slowestSpeed = 1000

    private let server: RESTServer
    private let handle: UnsafeMutableRawPointer
    private let headers: UnsafeMutablePointer<curl_slist>?
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    /// - Parameter server: its address has a slash at its end.
    init(_ server: RESTServer) throws(Failure) {
        guard Self.isReady, let handle = curl_easy_init() else { throw Failure(library: "curl_easy_init") }
        self.server = server
        self.handle = handle
        var list: UnsafeMutablePointer<curl_slist>?
        // Lists with sizes; and no asking before a body is sent.
        for line in ["Accept: application/vnd.x.restic.rest.v2", "Content-Type: application/octet-stream", "Expect:"] {
            list = curl_slist_append(list, line)
        }
        headers = list
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headers)
        errorText.deallocate()
    }

    func send(_ request: HTTPRequest) throws(HTTPFault) -> HTTPAnswer {
        let transfer = HTTPTransfer(request)
        prepare(request, transfer)
        errorText[0] = 0
        let result = withExtendedLifetime(transfer) { curl_easy_perform(handle) }
        guard result == CURLE_OK else { throw fault(result) }
        let length = remanso_curl_length(handle)
        let count = request.method == .head ? UInt64(max(0, length)) : UInt64(transfer.received)
        return HTTPAnswer(status: remanso_curl_status(handle), count: count, text: transfer.text)
    }

    /// What libcurl said keeps no secret: user and password are no part of the address that it knows.
    private func fault(_ result: CURLcode) -> HTTPFault {
        let words = String(cString: errorText)
        let text = words.isEmpty ? String(cString: curl_easy_strerror(result)) : words
        switch result {
        case CURLE_ABORTED_BY_CALLBACK: return .interrupted
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_PEER_FAILED_VERIFICATION,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_OUT_OF_MEMORY, CURLE_WRITE_ERROR:
            return .hopeless(text)
        default: return .broken(text)
        }
    }

    private func prepare(_ request: HTTPRequest, _ transfer: HTTPTransfer) {
        // Forgets the last request, and keeps the connection.
        curl_easy_reset(handle)
        remanso_curl_text(handle, CURLOPT_URL, server.address + request.path)
        remanso_curl_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        remanso_curl_number(handle, CURLOPT_NOSIGNAL, 1)
        remanso_curl_number(handle, CURLOPT_TCP_KEEPALIVE, 1)
        remanso_curl_number(handle, CURLOPT_CONNECTTIMEOUT, min(Self.connectSeconds, max(1, Int(request.patience))))
        remanso_curl_number(handle, CURLOPT_LOW_SPEED_LIMIT, Self.slowestSpeed)
        remanso_curl_number(handle, CURLOPT_LOW_SPEED_TIME, max(1, Int(request.patience)))
        remanso_curl_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
        remanso_curl_pointer(handle, CURLOPT_HTTPHEADER, headers)
        if let user = server.user {
            remanso_curl_text(handle, CURLOPT_USERNAME, user)
            remanso_curl_text(handle, CURLOPT_PASSWORD, server.password ?? "")
        }
        if let authorities = server.authorities {
            remanso_curl_bytes(handle, CURLOPT_CAINFO_BLOB, authorities, authorities.count)
            // These and no others.
            remanso_curl_pointer(handle, CURLOPT_CAPATH, nil)
        }
        if let file = server.clientCertificate { remanso_curl_text(handle, CURLOPT_SSLCERT, file) }
        if let proxy = server.proxy { remanso_curl_text(handle, CURLOPT_PROXY, proxy) }
        switch request.method {
        case .head: remanso_curl_number(handle, CURLOPT_NOBODY, 1)
        case .get: remanso_curl_number(handle, CURLOPT_HTTPGET, 1)
        case .delete: remanso_curl_text(handle, CURLOPT_CUSTOMREQUEST, "DELETE")
        case .post:
            remanso_curl_number(handle, CURLOPT_POST, 1)
            remanso_curl_large(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body?.count ?? 0))
        }
        if let range = request.range {
            remanso_curl_text(handle, CURLOPT_RANGE, "\(range.lowerBound)-\(range.upperBound - 1)")
        }
        transfer.attach(to: handle)
    }
}
