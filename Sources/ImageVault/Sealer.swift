internal import CCrypto
internal import Glibc
internal import Messages

/// The keys of a repository, or those derived from a password (design document, "Keys, Encryption and MAC").
struct SealingKey: Sendable {
    /// 32 bytes, for AES-256.
    let encryption: [UInt8]
    /// 16 bytes, the AES key of Poly1305-AES.
    let k: [UInt8]
    /// 16 bytes, the secret of Poly1305-AES; libcrypto masks it.
    let r: [UInt8]

    init?(encryption: [UInt8], k: [UInt8], r: [UInt8]) {
        guard encryption.count == 32, k.count == 16, r.count == 16 else { return nil }
        self.encryption = encryption
        self.k = k
        self.r = r
    }
}

/// Encrypts and authenticates as restic does: `IV || AES-256-CTR ciphertext || Poly1305-AES`. One thread at a time.
final class Sealer {
    /// Bytes before the ciphertext.
    static let headCount = 16
    /// Bytes that sealing adds.
    static let overhead = 32

    private let cipher: OpaquePointer
    private let nonceCipher: OpaquePointer
    private let algorithm: OpaquePointer
    private let authenticator: OpaquePointer
    /// r, then room for the encrypted nonce.
    private var authenticationKey: [UInt8]
    private var randomBytes = [UInt8](repeating: 0, count: 256)
    private var randomUsed = 256

    init(_ key: SealingKey) throws(Failure) {
        guard let cipher = EVP_CIPHER_CTX_new(), let nonceCipher = EVP_CIPHER_CTX_new(),
            let algorithm = EVP_MAC_fetch(nil, "POLY1305", nil), let authenticator = EVP_MAC_CTX_new(algorithm),
            EVP_EncryptInit_ex(cipher, EVP_aes_256_ctr(), nil, key.encryption, nil) == 1,
            EVP_EncryptInit_ex(nonceCipher, EVP_aes_128_ecb(), nil, key.k, nil) == 1,
            EVP_CIPHER_CTX_set_padding(nonceCipher, 0) == 1
        else { throw Failure(library: "EVP_EncryptInit_ex") }
        self.cipher = cipher
        self.nonceCipher = nonceCipher
        self.algorithm = algorithm
        self.authenticator = authenticator
        authenticationKey = key.r + [UInt8](repeating: 0, count: 16)
    }

    deinit {
        EVP_CIPHER_CTX_free(cipher)
        EVP_CIPHER_CTX_free(nonceCipher)
        EVP_MAC_CTX_free(authenticator)
        EVP_MAC_free(algorithm)
    }

    /// Seals `plain` into `sealed`, which has 32 bytes more. `plain` may lie in `sealed`, 16 bytes after its start.
    func seal(_ plain: UnsafeRawBufferPointer, into sealed: UnsafeMutableRawBufferPointer) throws(Failure) {
        precondition(sealed.count == plain.count + Self.overhead)
        guard let start = sealed.baseAddress else { return }
        try makeNonce(start)
        try crypt(plain, nonce: start, to: start + Self.headCount)
        try authenticate(start, count: plain.count, to: start + Self.headCount + plain.count)
    }

    /// Checks and decrypts in place.
    /// - Returns: the plaintext, a part of `sealed`; `nil` when the bytes are not what was sealed.
    func open(_ sealed: UnsafeMutableRawBufferPointer) throws(Failure) -> UnsafeMutableRawBufferPointer? {
        guard sealed.count >= Self.overhead, let start = sealed.baseAddress else { return nil }
        let count = sealed.count - Self.overhead
        let isWhole = try withTag { (tag) throws(Failure) in
            try authenticate(start, count: count, to: tag)
            return CRYPTO_memcmp(tag, start + Self.headCount + count, 16) == 0
        }
        guard isWhole else { return nil }
        let text = UnsafeMutableRawBufferPointer(start: start + Self.headCount, count: count)
        try crypt(UnsafeRawBufferPointer(text), nonce: start, to: start + Self.headCount)
        return text
    }

    private func withTag(_ body: (UnsafeMutableRawPointer) throws(Failure) -> Bool) throws(Failure) -> Bool {
        var tag: (UInt64, UInt64) = (0, 0)
        // The address of a local is enough; typed throws do not pass through `withUnsafeMutableBytes` of an array.
        return try withUnsafeMutablePointer(to: &tag) { (pointer) throws(Failure) in
            try body(UnsafeMutableRawPointer(pointer))
        }
    }

    private func makeNonce(_ place: UnsafeMutableRawPointer) throws(Failure) {
        if randomUsed == randomBytes.count {
            guard getentropy(&randomBytes, randomBytes.count) == 0 else { throw Failure(library: "getentropy") }
            randomUsed = 0
        }
        randomBytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            place.copyMemory(from: start + randomUsed, byteCount: 16)
        }
        randomUsed += 16
    }

    private func crypt(_ input: UnsafeRawBufferPointer, nonce: UnsafeRawPointer, to output: UnsafeMutableRawPointer)
        throws(Failure)
    {
        var count: Int32 = 0
        let iv = nonce.assumingMemoryBound(to: UInt8.self)
        guard EVP_EncryptInit_ex(cipher, nil, nil, nil, iv) == 1,
            EVP_EncryptUpdate(
                cipher, output.assumingMemoryBound(to: UInt8.self), &count,
                input.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(input.count)) == 1
        else { throw Failure(library: "EVP_EncryptUpdate") }
    }

    /// Poly1305-AES of the ciphertext that follows the nonce at `start`: its key is r, then AES-128 of the nonce.
    private func authenticate(_ start: UnsafeMutableRawPointer, count: Int, to tag: UnsafeMutableRawPointer)
        throws(Failure)
    {
        var written: Int32 = 0
        var tagCount = 0
        let encrypted = authenticationKey.withUnsafeMutableBufferPointer { key in
            EVP_EncryptUpdate(
                nonceCipher, key.baseAddress?.advanced(by: 16), &written, start.assumingMemoryBound(to: UInt8.self), 16)
        }
        guard encrypted == 1, EVP_MAC_init(authenticator, authenticationKey, 32, nil) == 1,
            EVP_MAC_update(authenticator, (start + Self.headCount).assumingMemoryBound(to: UInt8.self), count) == 1,
            EVP_MAC_final(authenticator, tag.assumingMemoryBound(to: UInt8.self), &tagCount, 16) == 1
        else { throw Failure(library: "EVP_MAC_final") }
    }
}
