// One libcurl easy handle: its callbacks, its silence deadline and how it ends. Used by the loop's
// thread only.

import CCurl
import Core
import Glibc
import Platform

@safe final class CurlHandle {
    let transfer: Transfer
    let easy: UnsafeMutableRawPointer
    /// Lists that libcurl reads but does not own.
    private var lists: [UnsafeMutablePointer<curl_slist>] = unsafe []
    private let errorText: UnsafeMutablePointer<CChar>
    private var head: HeadParser
    private var refusedBody = false
    private var refusedHead = false
    /// The reader is slower than the connection; its silence is our own.
    private var isPaused = false
    /// Uptime of the last sign of life.
    private var lastActivity: Duration

    /// Nil when libcurl has no memory for a handle.
    init?(_ transfer: Transfer, now: Duration) {
        guard let easy = unsafe curl_easy_init() else { return nil }
        unsafe self.easy = easy
        self.transfer = transfer
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        head = HeadParser(decodesBody: transfer.request.headers["Accept-Encoding"] == nil)
        lastActivity = now
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        while let list = unsafe lists.popLast() { unsafe curl_slist_free_all(list) }
        unsafe errorText.deallocate()
    }

    /// Points libcurl's callbacks at this object, which must outlive the transfer.
    func connectCallbacks() -> CURLcode {
        let user = unsafe Unmanaged.passUnretained(self).toOpaque()
        let code = unsafe ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        guard code == CURLE_OK else { return code }
        return unsafe ccurl_set_functions(
            easy,
            { data, size, count, user in
                guard let data = unsafe data, let user = unsafe user else { return 0 }
                let handle = unsafe Unmanaged<CurlHandle>.fromOpaque(user).takeUnretainedValue()
                return unsafe handle.take(
                    body: UnsafeRawBufferPointer(start: data, count: size * count))
            },
            { data, size, count, user in
                guard let data = unsafe data, let user = unsafe user else { return 0 }
                let handle = unsafe Unmanaged<CurlHandle>.fromOpaque(user).takeUnretainedValue()
                return unsafe handle.take(
                    headerLine: UnsafeRawBufferPointer(start: data, count: size * count))
            }, user)
    }

    /// Hands `lines` to libcurl as `option`.
    func set(_ option: CURLoption, list lines: [String]) -> CURLcode {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = unsafe curl_slist_append(list, line) else {
                unsafe curl_slist_free_all(list)
                return CURLE_OUT_OF_MEMORY
            }
            unsafe list = longer
        }
        guard let list = unsafe list else { return CURLE_OK }
        unsafe lists.append(list)
        return unsafe ccurl_set_list(easy, option, list)
    }

    private func take(body piece: UnsafeRawBufferPointer) -> Int {
        lastActivity = SystemClock().uptime
        guard unsafe !piece.isEmpty else { return 0 }
        switch unsafe transfer.receive(body: piece) {
        case .taken: return piece.count
        case .pause:
            isPaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        case .refuse:
            refusedBody = true
            return 0
        }
    }

    private func take(headerLine line: UnsafeRawBufferPointer) -> Int {
        switch unsafe head.take(line) {
        case .more: break
        case .head(let head):
            lastActivity = SystemClock().uptime
            transfer.receive(head: head)
        case .tooLarge:
            refusedHead = true
            return 0
        }
        return line.count
    }

    /// The reader made room.
    func resume(now: Duration) {
        isPaused = false
        lastActivity = now
        unsafe curl_easy_pause(easy, CURLPAUSE_CONT)
    }

    /// The uptime at which the silence of a stream has lasted too long; nil when it does not count.
    var silenceDeadline: Duration? {
        transfer.isStream && !isPaused ? lastActivity + transfer.request.deadline : nil
    }

    /// The stream was silent for too long.
    func expire() {
        let request = transfer.request
        let phase = head.isDone ? "the stream was silent for" : "no answer within"
        transfer.finish(
            .failed(
                Failure(.transient, "\(request.place): \(phase) \(request.deadline.human)")))
    }

    /// libcurl is done with the transfer.
    func finish(_ code: CURLcode) {
        guard code != CURLE_OK else {
            transfer.finish(.ended)
            return
        }
        let error = unsafe CurlError(
            code: code, systemCode: Int32(ccurl_get_long(easy, CURLINFO_OS_ERRNO)),
            detail: String(cString: errorText), refusedBody: refusedBody, refusedHead: refusedHead)
        transfer.finish(.failed(error.failure(for: transfer.request)))
    }
}
