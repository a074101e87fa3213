public import Linux
public import Messages

/// Where an image of a volume is put together, in any order and as often as needed: what comes later replaces what came
/// before. Nothing of it counts before the whole has been finished by its owner.
public protocol ImageSink: AnyObject, Sendable {
    /// Whether the image starts as that of the parent recovery point; else it starts with nothing, and every byte has to
    /// be stored, zeroed or overlaid.
    var hasParent: Bool { get }

    /// Stores what the extents hold now. What lies beside an extent in the same blob may be taken from the source as well:
    /// the source must be able to vouch for it, and a part that was overlaid must not be stored again from an older one.
    func store(_ extents: [Extent], from source: any ImageSource) throws(Failure)

    /// Makes parts zero without reading anything.
    func storeZeros(_ extents: [Extent]) throws(Failure)

    /// Replaces parts that are smaller than the image's blobs by bytes in memory.
    /// - Parameter pieces: in rising order, none overlapping another; the bytes stay valid until the call returns.
    func overlay(_ pieces: [ImagePiece]) throws(Failure)
}

/// Bytes of an image in memory.
public struct ImagePiece: @unchecked Sendable {
    /// Bytes from the image's start.
    public let offset: UInt64
    /// The bytes; owned by whoever made the piece.
    public let bytes: UnsafeRawBufferPointer

    /// Bytes of an image in memory.
    public init(offset: UInt64, bytes: UnsafeRawBufferPointer) {
        self.offset = offset
        self.bytes = bytes
    }
}
