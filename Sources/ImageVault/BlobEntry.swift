/// What a blob holds.
enum BlobKind: Sendable {
    case data
    case tree
}

/// A blob as a pack's header or an index describes it.
struct BlobEntry: Sendable, Equatable {
    let id: StorageID
    let kind: BlobKind
    /// Bytes from the pack's start.
    let offset: UInt32
    /// Bytes in the pack.
    let length: UInt32
    /// Bytes before compression; 0 when it is not compressed.
    let plainLength: UInt32

    var isCompressed: Bool { plainLength != 0 }
    /// Bytes of the plaintext.
    var dataLength: Int { isCompressed ? Int(plainLength) : Int(length) - Sealer.overhead }
}

/// Where a blob is.
struct BlobLocation: Sendable {
    let pack: StorageID
    let entry: BlobEntry
}
