internal import CCrypto
internal import Messages

/// A file in `keys/`: the repository's master key, sealed with a key that scrypt makes from a password (design document,
/// "Keys, Encryption and MAC").
struct KeyFile {
    private var function = ""
    private var n: UInt64 = 0
    private var r: UInt64 = 0
    private var p: UInt64 = 0
    private var salt: [UInt8] = []
    private var data: [UInt8] = []

    /// Bytes that scrypt may use: a hostile key file must not exhaust the machine. restic's own keys need up to 64 MiB.
    private static let memoryLimit: UInt64 = 512 << 20

    init(_ json: JSONReader) throws(Damage) {
        var values = KeyFile()
        try json.object { (name) throws(Damage) in
            switch name {
            case "kdf": values.function = try json.string()
            case "N": values.n = try json.integer()
            case "r": values.r = try json.integer()
            case "p": values.p = try json.integer()
            case "salt": values.salt = try Self.bytes(json)
            case "data": values.data = try Self.bytes(json)
            default: try json.skip()
            }
        }
        self = values
        guard function == "scrypt" else { throw Damage("kdf") }
        guard n > 1, n & (n - 1) == 0, (1...1024).contains(r), (1...1024).contains(p),
            n <= Self.memoryLimit / 128 / r
        else { throw Damage("scrypt") }
    }

    private init() {}

    private static func bytes(_ json: JSONReader) throws(Damage) -> [UInt8] {
        guard let bytes = Base64.decode(try json.string()) else { throw Damage("Base64") }
        return bytes
    }

    /// The master key; `nil` when the password is wrong.
    func open(password: [UInt8]) throws(Failure) -> Result<SealingKey, Damage>? {
        let derived = try derivedKey(password)
        let memory = try Memory(capacity: data.count)
        defer { memory.keepAlive() }
        let sealed = memory.bytes(data.count)
        sealed.copyBytes(from: data)
        guard let derived, let plain = try Sealer(derived).open(sealed) else { return nil }
        return Result { () throws(Damage) in
            try Self.masterKey(JSONReader(MemorySource(memory, UnsafeRawBufferPointer(plain))))
        }
    }

    private func derivedKey(_ password: [UInt8]) throws(Failure) -> SealingKey? {
        var bytes = [UInt8](repeating: 0, count: 64)
        let limit = 128 * r * (n + p + 2) + (1 << 20)
        let done = password.withUnsafeBytes { password in
            EVP_PBE_scrypt(
                password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count, salt, salt.count, n, r, p,
                limit, &bytes, bytes.count)
        }
        guard done == 1 else { throw Failure(library: "EVP_PBE_scrypt") }
        return SealingKey(encryption: Array(bytes[..<32]), k: Array(bytes[32..<48]), r: Array(bytes[48...]))
    }

    private static func masterKey(_ json: JSONReader) throws(Damage) -> SealingKey {
        var encryption: [UInt8] = [], k: [UInt8] = [], r: [UInt8] = []
        try json.object { (name) throws(Damage) in
            switch name {
            case "encrypt": encryption = try bytes(json)
            case "mac":
                try json.object { (name) throws(Damage) in
                    switch name {
                    case "k": k = try bytes(json)
                    case "r": r = try bytes(json)
                    default: try json.skip()
                    }
                }
            default: try json.skip()
            }
        }
        guard let key = SealingKey(encryption: encryption, k: k, r: r) else { throw Damage("master key") }
        return key
    }
}
