internal import Linux
public import Messages

/// A restic repository that has been opened with a password: format version 1 to read, 2 to read and to write.
public final class Repository: Sendable {
    /// Where its files are.
    public let backend: any RepositoryBackend
    /// The version of its format.
    public let version: Int
    /// Its own id, 64 hexadecimal digits.
    public let id: String
    let key: SealingKey

    var name: String { backend.displayName }

    /// Finds the key that the password opens, and reads the configuration.
    /// - Parameters:
    ///   - password: its bytes, without a line end.
    ///   - passwordFile: where it came from, for messages.
    /// - Throws: `.vaultMissing`, `.vaultWrongPassword`, `.vaultDamaged` naming the file, or what keeps from reading.
    public init(_ backend: any RepositoryBackend, password: [UInt8], passwordFile: String) throws(Failure) {
        self.backend = backend
        guard try backend.size(of: .config) != nil else {
            throw Failure(.vaultMissing(repository: backend.displayName))
        }
        let key = try Self.findKey(backend, password, passwordFile)
        self.key = key
        let (version, id) = try Self.readJSON(.config, backend, key) { (json) throws(Damage) in
            try Self.configuration(json)
        }
        guard version == 1 || version == 2 else {
            throw Failure(.vaultFailed(repository: backend.displayName, detail: "config: version \(version)"))
        }
        self.version = version
        self.id = id
    }

    private static func configuration(_ json: JSONReader) throws(Damage) -> (version: Int, id: String) {
        var version = 0
        var id = ""
        try json.object { (name) throws(Damage) in
            switch name {
            case "version": version = Int(clamping: try json.integer())
            case "id": id = try json.string()
            default: try json.skip()
            }
        }
        return (version, id)
    }

    // MARK: Keys

    private static func findKey(_ backend: any RepositoryBackend, _ password: [UInt8], _ passwordFile: String)
        throws(Failure) -> SealingKey
    {
        var damaged: Failure?
        for (id, _) in try backend.list(.key) {
            let file = RepositoryFile(.key, id)
            do throws(Failure) {
                if let key = try openKey(file, backend, password) { return key }
            } catch {
                damaged = error
            }
        }
        throw damaged ?? Failure(.vaultWrongPassword(repository: backend.displayName, passwordFile: passwordFile))
    }

    private static func openKey(_ file: RepositoryFile, _ backend: any RepositoryBackend, _ password: [UInt8])
        throws(Failure) -> SealingKey?
    {
        guard let (memory, bytes) = try readWhole(file, backend) else { return nil }
        let key = try naming(file, backend) { () throws(Damage) in
            try KeyFile(JSONReader(MemorySource(memory, UnsafeRawBufferPointer(bytes))))
        }
        guard let opened = try key.open(password: password) else { return nil }
        return try naming(file, backend) { () throws(Damage) in try opened.get() }
    }

    // MARK: Reading files

    /// Reads a file that holds JSON.
    /// - Throws: `.vaultDamaged` naming the file, also when there is none.
    func readJSON<Value>(_ file: RepositoryFile, _ body: (JSONReader) throws(Damage) -> Value) throws(Failure) -> Value
    {
        try Self.readJSON(file, backend, key, body)
    }

    private static func readJSON<Value>(
        _ file: RepositoryFile, _ backend: any RepositoryBackend, _ key: SealingKey,
        _ body: (JSONReader) throws(Damage) -> Value
    ) throws(Failure) -> Value {
        guard let (memory, sealed) = try readWhole(file, backend) else {
            throw damaged(file, backend, Damage("ENOENT"))
        }
        guard let plain = try Sealer(key).open(sealed) else { throw damaged(file, backend, .authentication) }
        let text = UnsafeRawBufferPointer(plain)
        // "[" and "{" begin plain JSON; 2 stands before compressed JSON (design document, "Unpacked Data Format").
        let source: any ByteSource
        switch text.first {
        case UInt8(ascii: "{"), UInt8(ascii: "["): source = MemorySource(memory, text)
        case 2: source = try DecompressingSource(memory, UnsafeRawBufferPointer(rebasing: text.dropFirst()))
        default: throw damaged(file, backend, Damage("encoding"))
        }
        return try naming(file, backend) { () throws(Damage) in
            let json = JSONReader(source)
            let value = try body(json)
            try json.finish()
            return value
        }
    }

    /// Reads a whole file and checks that it is what its name says; `nil` when there is none.
    private static func readWhole(_ file: RepositoryFile, _ backend: any RepositoryBackend) throws(Failure)
        -> (Memory, UnsafeMutableRawBufferPointer)?
    {
        guard let size = try backend.size(of: file) else { return nil }
        guard size <= 1 << 30 else { throw damaged(file, backend, Damage("\(size) bytes")) }
        let memory = try Memory(capacity: Int(size))
        defer { memory.keepAlive() }
        let bytes = memory.bytes(Int(size))
        guard let count = try backend.read(file, at: 0, into: bytes) else { return nil }
        if count < bytes.count { throw damaged(file, backend, .truncated) }
        if let id = file.id, try SHA256().hash(UnsafeRawBufferPointer(bytes)) != id {
            throw damaged(file, backend, .hash)
        }
        return (memory, bytes)
    }

    /// Adds the file's name to damage found in it.
    private static func naming<Value>(
        _ file: RepositoryFile, _ backend: any RepositoryBackend, _ body: () throws(Damage) -> Value
    ) throws(Failure) -> Value {
        do throws(Damage) {
            return try body()
        } catch {
            throw damaged(file, backend, error)
        }
    }

    private static func damaged(_ file: RepositoryFile, _ backend: any RepositoryBackend, _ damage: Damage) -> Failure {
        Failure(.vaultDamaged(repository: backend.displayName, detail: "\(file): \(damage.what)"))
    }

    /// Damage in a file, and in which blob of it.
    func damaged(_ file: RepositoryFile, blob: StorageID? = nil, _ damage: Damage) -> Failure {
        let place = blob.map { "\(file), blob \($0)" } ?? "\(file)"
        return Failure(.vaultDamaged(repository: name, detail: "\(place): \(damage.what)"))
    }

    // MARK: Writing files

    /// Stores JSON as a file of its own.
    @discardableResult
    func save(_ kind: FileKind, _ json: [UInt8]) throws(Failure) -> StorageID {
        let sealer = try Sealer(key)
        guard version > 1 else {
            let memory = try Memory(capacity: json.count + Sealer.overhead)
            defer { memory.keepAlive() }
            let sealed = memory.bytes(json.count + Sealer.overhead)
            try json.withBytes { (bytes) throws(Failure) in try sealer.seal(bytes, into: sealed) }
            return try save(kind, sealed: UnsafeRawBufferPointer(sealed))
        }
        let text = try CompressedText(versionByte: 2)
        try text.append(json)
        return try save(kind, text, sealer)
    }

    /// Stores compressed text as a file of its own.
    func save(_ kind: FileKind, _ text: CompressedText, _ sealer: Sealer) throws(Failure) -> StorageID {
        defer { withExtendedLifetime(text) {} }
        return try save(kind, sealed: try text.finish(sealer).sealed)
    }

    /// Stores sealed bytes as a file of its own, named by their hash.
    private func save(_ kind: FileKind, sealed: UnsafeRawBufferPointer) throws(Failure) -> StorageID {
        let id = try SHA256().hash(sealed)
        let upload = try backend.upload(kind)
        try upload.append(sealed)
        try upload.commit(as: RepositoryFile(kind, id))
        return id
    }
}

extension Array<UInt8> {
    /// `withUnsafeBytes` with typed throws.
    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Value) throws(Failure) -> Value {
        let result: Result<Value, Failure> = withUnsafeBytes { bytes in
            do throws(Failure) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
