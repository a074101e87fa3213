public import Linux
public import Messages

/// The bytes of a device that go into an image. Several threads read side by side.
public protocol ImageSource: Sendable {
    /// Bytes.
    var size: UInt64 { get }

    /// Fills `bytes` with what begins at `offset`.
    func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(Failure)

    /// Parts that are known to hold nothing but zeros, so that nobody need read them.
    func holes() throws(Failure) -> [Extent]
}

extension ImageSource {
    /// Nothing is known.
    public func holes() throws(Failure) -> [Extent] { [] }
}
