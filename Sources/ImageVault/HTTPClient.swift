internal import Glibc
internal import Linux
internal import Messages

/// Connections to one server, as many as threads ask at the same time, and the patience with it.
final class HTTPClient: Sendable {
    /// Seconds between two attempts at first, and at most.
    private static let pauses = (first: 0.2, longest: 5.0)

    private let server: RESTServer
    private let idle = Shared<[Idle]>([])

    /// Handed from thread to thread; one at a time has it.
    private struct Idle: @unchecked Sendable { let connection: HTTPConnection }

    init(_ server: RESTServer) {
        var server = server
        // Every path is relative to it.
        if !server.address.hasSuffix("/") { server.address += "/" }
        self.server = server
    }

    /// Asks the server, again and again while its trouble may pass and the request's patience lasts.
    /// - Returns: an answer that says yes or no.
    /// - Throws: `.vaultUnreachable`, `.vaultFull`, `.interrupted`.
    func send(_ request: HTTPRequest) throws(Failure) -> HTTPAnswer {
        let end = Instant.now.advanced(bySeconds: request.patience)
        var pause = Self.pauses.first
        while true {
            let reason: String
            switch attempt(request) {
            case .success(let answer):
                guard isTrouble(answer, request) else { return answer }
                // What a program of ours says of it comes another way, and maybe later.
                if server.lastWords != nil { usleep(20_000) }
                if isFull(answer) { throw Failure(.vaultFull(repository: server.displayName)) }
                reason = words(answer)
                if isRefused() { throw Failure(.vaultUnreachable(repository: server.displayName, reason: reason)) }
            case .failure(let fault): reason = try self.reason(fault)
            }
            guard Instant.now.advanced(bySeconds: pause) < end else {
                throw Failure(.vaultUnreachable(repository: server.displayName, reason: reason))
            }
            try wait(pause, request)
            pause = min(pause * 2, Self.pauses.longest)
        }
    }

    /// Throws unless the answer is a yes.
    func require(_ answer: HTTPAnswer, _ path: String) throws(Failure) {
        if (200..<300).contains(answer.status) { return }
        if isFull(answer) { throw Failure(.vaultFull(repository: server.displayName)) }
        if answer.status == 401 || answer.status == 403 {
            throw Failure(.vaultUnreachable(repository: server.displayName, reason: words(answer)))
        }
        throw Failure(.vaultFailed(repository: server.displayName, detail: "\(path): \(words(answer))"))
    }

    private func attempt(_ request: HTTPRequest) -> Result<HTTPAnswer, HTTPFault> {
        do throws(HTTPFault) { return .success(try sendOnce(request)) } catch { return .failure(error) }
    }

    private func sendOnce(_ request: HTTPRequest) throws(HTTPFault) -> HTTPAnswer {
        let connection: HTTPConnection
        if let known = idle.withLock({ $0.popLast() }) {
            connection = known.connection
        } else {
            do throws(Failure) {
                connection = try HTTPConnection(server)
            } catch {
                throw .hopeless("curl_easy_init")
            }
        }
        defer {
            let free = Idle(connection: connection)
            idle.withLock { $0.append(free) }
        }
        return try connection.send(request)
    }

    private func reason(_ fault: HTTPFault) throws(Failure) -> String {
        switch fault {
        case .interrupted: throw Failure(.interrupted(signal: Interruption.signal ?? SIGTERM))
        case .hopeless(let words):
            throw Failure(.vaultUnreachable(repository: server.displayName, reason: words))
        case .broken(let words): return words
        }
    }

    private func wait(_ seconds: Double, _ request: HTTPRequest) throws(Failure) {
        guard request.isInterruptible else {
            usleep(UInt32(seconds * 1e6))
            return
        }
        var stop = pollfd(fd: Interruption.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&stop, 1, Int32(seconds * 1000))
        if let signal = Interruption.signal { throw Failure(.interrupted(signal: signal)) }
    }

    /// Too busy, or in trouble (RFC 9110, RFC 6585); a list that is "not found" where an empty one would have been sent.
    private func isTrouble(_ answer: HTTPAnswer, _ request: HTTPRequest) -> Bool {
        [408, 429].contains(answer.status) || answer.status >= 500
            || answer.status == 404 && server.absenceIsDoubtful && request.path.hasSuffix("/")
    }

    private func isFull(_ answer: HTTPAnswer) -> Bool {
        let text = (String(decoding: answer.text, as: UTF8.self) + (server.lastWords?() ?? "")).lowercased()
        return answer.status == 507
            || answer.status >= 500
                && ["no space left", "quota", "remaining disk space"].contains { text.contains($0) }
    }

    /// Whether the store behind a server of ours lets nobody in: waiting would change nothing.
    private func isRefused() -> Bool {
        let text = server.lastWords?()?.lowercased() ?? ""
        let refusals = [
            "accessdenied", "access denied", "signaturedoesnotmatch", "invalidaccesskeyid", "authenticationfailed",
            "forbidden", "unauthorized", "unable to authenticate", "nosuchbucket",
        ]
        return refusals.contains { text.contains($0) }
    }

    /// The status and what the server says of it, in one line.
    private func words(_ answer: HTTPAnswer) -> String {
        let text = String(decoding: answer.text.prefix(200), as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        let said = answer.status == 403 ? line : server.lastWords?() ?? line
        return "HTTP \(answer.status)" + (said.isEmpty ? "" : ": \(said)")
    }
}
