import Fixtures
import Glibc
import Linux

/// A network that can be made bad, between us and a real server.
struct Proxy {
    enum Mood: String { case good, failing, flaky, stalling, slow }

    private let moodFile: String
    let address: String

    /// The repository as restic names it, through the proxy.
    func repository(_ server: RESTFixture) -> String {
        server.repository.replacing(server.address.dropFirst("http://".count), with: "\(address)/")
    }

    func set(_ mood: Mood) throws { try Files.replace(moodFile, with: mood.rawValue.utf8, isDurable: false) }

    static func with<Value>(_ server: RESTFixture, in sandbox: Sandbox, _ body: (Proxy) throws -> Value) throws -> Value
    {
        let mood = sandbox.path("mood"), portFile = sandbox.path("port")
        try sandbox.write("mood", "good")
        let host = server.address.dropFirst("http://".count).dropLast()
        return try Background.with("python3", ["-c", script, String(host), mood, portFile]) {
            let isUp = Wait.until { Files.line(portFile) != nil }
            guard isUp, let port = Files.line(portFile) else { throw FixtureError("the proxy does not start") }
            return try body(Proxy(moodFile: mood, address: "127.0.0.1:\(port)"))
        }
    }

    private static let script = """
        import http.client, http.server, os, sys, threading, time
        host, moodfile, portfile = sys.argv[1:]
        count = 0
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def handle_any(self):
                global count
                count += 1
                mood = open(moodfile).read().strip()
                if mood == "stalling": time.sleep(3600)
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if mood == "failing" or (mood == "flaky" and count % 4 == 1):
                    return self.answer(500, b"the disks are on strike\\n")
                if mood == "slow": time.sleep(0.1)
                server = http.client.HTTPConnection(host, timeout=60)
                wanted = {k: v for k, v in self.headers.items() if k not in ("Host", "Connection")}
                server.request(self.command, self.path, body or None, wanted)
                reply = server.getresponse()
                content = reply.read()
                if mood == "flaky" and count % 4 == 3 and self.command == "HEAD":
                    self.close_connection = True
                    return
                if mood == "flaky" and count % 4 == 3:
                    self.send_response(reply.status)
                    self.send_header("Content-Length", str(len(content) + 10))
                    self.end_headers()
                    self.wfile.write(content[:len(content) // 2])
                    self.wfile.flush()
                    self.close_connection = True
                    self.connection.shutdown(2)
                    return
                size = reply.getheader("Content-Length") if self.command == "HEAD" else None
                self.answer(reply.status, content, size, reply.getheader("Content-Type"))
            def answer(self, status, content, size=None, kind=None):
                self.send_response(status)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Length", size or str(len(content)))
                self.end_headers()
                if self.command != "HEAD": self.wfile.write(content)
            do_GET = do_POST = do_HEAD = do_DELETE = handle_any
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        open(portfile + ".new", "w").write(str(server.server_address[1]) + "\\n")
        os.rename(portfile + ".new", portfile)
        server.serve_forever()
        """
}
