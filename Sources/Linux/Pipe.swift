internal import CLinux

/// Both ends of a pipe. No program inherits them unless it is given one.
public final class Pipe {
    /// The end to read from.
    public let reader: Descriptor
    /// The end to write to.
    public private(set) var writer: Descriptor

    /// A new pipe.
    public init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        try check("pipe", "pipe") { remanso_pipe(&ends) }
        reader = Descriptor(owning: ends[0], path: "pipe")
        writer = Descriptor(owning: ends[1], path: "pipe")
    }

    /// Lets go of the writing end, which a program has by now, so that the reader sees when that ends.
    public func closeWriter() { writer = reader }
}
