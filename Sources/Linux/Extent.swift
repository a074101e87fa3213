/// A part of an image or a device, in bytes.
public struct Extent: Sendable, Equatable {
    /// Bytes from the start.
    public let offset: UInt64
    /// Bytes.
    public let length: UInt64

    /// A part of an image.
    public init(offset: UInt64, length: UInt64) {
        self.offset = offset
        self.length = length
    }

    /// The first byte after it.
    public var end: UInt64 { offset + length }
}
