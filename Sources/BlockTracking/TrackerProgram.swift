/// The program that runs in the kernel; the build makes it of `tracker.bpf.c`.
enum TrackerProgram {
    /// The object file.
    static let bytes: [UInt8] = TrackerObject.hexadecimal.withUTF8Buffer { text in
        stride(from: 0, to: text.count - 1, by: 2).map { digit(text[$0]) << 4 | digit(text[$0 + 1]) }
    }

    private static func digit(_ character: UInt8) -> UInt8 {
        character < UInt8(ascii: "a") ? character - UInt8(ascii: "0") : character - UInt8(ascii: "a") + 10
    }
}
