internal import Glibc
internal import Linux
public import Messages

/// A server that speaks restic's REST protocol, version 2: restic's own rest-server, or `rclone serve restic`.
public struct RESTServer: Sendable {
    /// `http://…` or `https://…`, without user or password.
    public var address: String
    /// Who asks; `nil` where nobody is asked for.
    public var user: String?
    /// The user's password, never shown.
    public var password: String?
    /// The authorities to trust, as PEM text; `nil` for the system's own.
    public var authorities: [UInt8]?
    /// PEM file with this machine's certificate and its key; `nil` without one.
    public var clientCertificate: String?
    /// The proxy's address; `nil` for what the environment says, empty for none.
    public var proxy: String?
    /// The repository's name as a user knows it, without any secret.
    public var displayName: String
    /// Seconds that the server may take without any progress, all further attempts included.
    public var patience = 300.0
    /// What the server itself has said last of its troubles, where it is a program of ours.
    public var lastWords: (@Sendable () -> String?)?
    /// Whether the server also says "not found" when its own store is in trouble, as rclone does.
    public var absenceIsDoubtful = false
    /// What must live as long as the server is used.
    public var keptAlive: (any Sendable)?

    /// A server at this address.
    public init(address: String, displayName: String) {
        self.address = address
        self.displayName = displayName
    }
}

/// A repository behind restic's REST protocol.
///
/// Whatever may pass (no connection, one that broke, a server in trouble) is tried again until the patience is over.
public final class RESTBackend: RepositoryBackend {
    /// The repository's name, without any secret.
    public var displayName: String { server.displayName }
    private let server: RESTServer
    private let client: HTTPClient

    /// A repository that exists.
    /// - Throws: `.vaultMissing` when there is no repository; `.vaultUnreachable` when the server does not answer, or lets
    ///   nobody in.
    public init(_ server: RESTServer) throws(Failure) {
        self.server = server
        client = HTTPClient(server)
        // Long enough for a slow server's first answer, and short enough for somebody who waits before a screen.
        let answer = try client.send(HTTPRequest(.head, "config", patience: min(60, server.patience)))
        if answer.status == 404 {
            if server.absenceIsDoubtful { _ = try list(.key, patience: min(60, server.patience)) }
            throw Failure(.vaultMissing(repository: server.displayName))
        }
        try client.require(answer, "config")
    }

    /// The files of a kind, with their sizes.
    public func list(_ kind: FileKind) throws(Failure) -> [(id: StorageID, size: UInt64)] {
        try list(kind, patience: nil)
    }

    private func list(_ kind: FileKind, patience: Double?) throws(Failure) -> [(id: StorageID, size: UInt64)] {
        let path = kind.rawValue + "/"
        var request = request(.get, kind, path)
        if let patience { request.patience = patience }
        let answer = try client.send(request)
        if answer.status == 404 { return [] }
        try client.require(answer, path)
        let memory = try Memory(capacity: answer.text.count)
        let bytes = memory.bytes(answer.text.count)
        bytes.copyBytes(from: answer.text)
        do throws(Damage) {
            return try Self.files(JSONReader(MemorySource(memory, UnsafeRawBufferPointer(bytes))))
        } catch {
            throw Failure(.vaultFailed(repository: displayName, detail: "\(path): \(error.what)"))
        }
    }

    private static func files(_ json: JSONReader) throws(Damage) -> [(id: StorageID, size: UInt64)] {
        var files: [(id: StorageID, size: UInt64)] = []
        if try json.null() { return [] }
        try json.array { () throws(Damage) in
            var name = "", size: UInt64 = 0
            try json.object { (member) throws(Damage) in
                switch member {
                case "name": name = try json.string()
                case "size": size = try json.integer()
                default: try json.skip()
                }
            }
            if let id = StorageID(name) { files.append((id, size)) }
        }
        try json.finish()
        return files
    }

    /// The size of a file in bytes; `nil` when there is none.
    public func size(of file: RepositoryFile) throws(Failure) -> UInt64? {
        guard let answer = try send(request(.head, file.kind, file.restPath), about: file) else { return nil }
        try client.require(answer, file.restPath)
        return answer.count
    }

    /// - Returns: `nil` when there is no such file.
    private func send(_ request: HTTPRequest, about file: RepositoryFile) throws(Failure) -> HTTPAnswer? {
        let answer = try client.send(request)
        guard answer.status == 404 else { return answer }
        guard server.absenceIsDoubtful, let id = file.id else { return nil }
        // A list tells trouble from absence.
        guard try list(file.kind).contains(where: { $0.id == id }) else { return nil }
        let again = try client.send(request)
        guard again.status == 404, request.range?.lowerBound ?? 0 == 0 else { return again }
        throw Failure(.vaultUnreachable(repository: displayName, reason: "\(file.restPath): HTTP 404"))
    }

    /// Reads a part of a file.
    public func read(_ file: RepositoryFile, at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer)
        throws(Failure) -> Int?
    {
        if bytes.isEmpty { return try size(of: file) == nil ? nil : 0 }
        var request = request(.get, file.kind, file.restPath)
        request.range = offset..<offset + UInt64(bytes.count)
        request.target = bytes
        guard let answer = try send(request, about: file) else { return nil }
        switch answer.status {
        // Nothing of the file lies there; an object store behind rclone finds nothing then.
        case 404, 416: return 0
        case 200 where offset > 0:
            throw Failure(.vaultFailed(repository: displayName, detail: "\(file.restPath): HTTP Range"))
        default:
            try client.require(answer, file.restPath)
            return Int(answer.count)
        }
    }

    /// Begins a file in memory: the protocol wants its name and size before the first byte.
    public func upload(_ kind: FileKind) throws(Failure) -> any BackendUpload { RESTUpload(self) }

    /// Removes a file.
    public func remove(_ file: RepositoryFile) throws(Failure) {
        let answer = try client.send(request(.delete, file.kind, file.restPath))
        if answer.status != 404 { try client.require(answer, file.restPath) }
    }

    // MARK: Storing

    /// Sends a whole file. Sent again after an attempt that may have arrived, it is the same file.
    func store(_ bytes: ChunkedBytes, as file: RepositoryFile) throws(Failure) {
        var request = request(.post, file.kind, file.restPath)
        request.body = bytes
        do throws(Failure) {
            let answer = try client.send(request)
            if answer.status == 403, try isThere(bytes, file) { return }
            try client.require(answer, file.restPath)
        } catch {
            // Half a file may have stayed. Nothing refers to it.
            var cleanUp = self.request(.delete, file.kind, file.restPath)
            cleanUp.patience = 5
            cleanUp.isInterruptible = false
            _ = try? client.send(cleanUp)
            throw error
        }
    }

    /// A server that only lets files be added refuses one that has arrived whole before its answer was lost.
    private func isThere(_ bytes: ChunkedBytes, _ file: RepositoryFile) throws(Failure) -> Bool {
        try size(of: file) == UInt64(bytes.count)
    }

    private func request(_ method: HTTPRequest.Method, _ kind: FileKind, _ path: String) -> HTTPRequest {
        var request = HTTPRequest(method, path, patience: server.patience)
        if kind == .lock {
            // A lock is taken away also when we have been asked to stop.
            request.isInterruptible = false
            request.patience = min(30, server.patience)
        }
        return request
    }
}

extension RepositoryFile {
    /// The path in the REST protocol: packs lie in one folder there.
    fileprivate var restPath: String { id.map { "\(kind.rawValue)/\($0)" } ?? kind.rawValue }
}

extension HTTPRequest {
    fileprivate init(_ method: Method, _ path: String, patience: Double) {
        self.init(method: method, path: path, patience: patience)
    }
}

/// A new file of a repository behind the REST protocol, kept in memory until its name is known.
final class RESTUpload: BackendUpload {
    private let backend: RESTBackend
    private var bytes = ChunkedBytes()

    init(_ backend: RESTBackend) { self.backend = backend }

    func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) { try self.bytes.append(bytes) }

    func commit(as file: RepositoryFile) throws(Failure) {
        defer { discard() }
        try backend.store(bytes, as: file)
    }

    func discard() { bytes = ChunkedBytes() }
}
