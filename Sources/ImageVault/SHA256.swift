internal import CCrypto
internal import Messages

/// SHA-256 through libcrypto, with a context that is used again and again. One thread at a time.
final class SHA256 {
    private let algorithm: OpaquePointer
    private let context: OpaquePointer

    init() throws(Failure) {
        guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else { throw Failure(library: "EVP_MD_fetch") }
        guard let context = EVP_MD_CTX_new() else {
            EVP_MD_free(algorithm)
            throw Failure(library: "EVP_MD_CTX_new")
        }
        self.algorithm = algorithm
        self.context = context
        reset()
    }

    deinit {
        EVP_MD_CTX_free(context)
        EVP_MD_free(algorithm)
    }

    /// Begins anew.
    func reset() {
        let done = EVP_DigestInit_ex2(context, algorithm, nil)
        precondition(done == 1)
    }

    func update(_ bytes: UnsafeRawBufferPointer) {
        let done = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(done == 1)
    }

    /// The hash of what was added; begins anew.
    func finish() -> StorageID {
        withUnsafeTemporaryAllocation(byteCount: StorageID.count, alignment: 8) { result in
            let done = EVP_DigestFinal_ex(context, result.baseAddress, nil)
            precondition(done == 1)
            reset()
            guard let start = result.baseAddress else { return .null }
            return StorageID(reading: start)
        }
    }

    func hash(_ bytes: UnsafeRawBufferPointer) -> StorageID {
        update(bytes)
        return finish()
    }
}
