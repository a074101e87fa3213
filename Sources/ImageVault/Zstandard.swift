internal import CZstd
internal import Messages

/// Compresses one blob at a time. One thread at a time.
final class Compressor {
    private let context: OpaquePointer

    /// - Parameter level: zstd's; 1 is the fastest of the plain ones.
    init(level: Int32 = 1) throws(Failure) {
        guard let context = ZSTD_createCCtx() else { throw Failure(library: "ZSTD_createCCtx") }
        self.context = context
        _ = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    }

    /// For blobs of an image, whose compression is half of what a backup costs: measured on programs, logs and databases
    /// in blocks of 64 KiB, these choices take 3/4 of level 1's time and give away 5 % of its space. A table of matches
    /// that stays in the processor's first cache counts most. (Level -1 takes longer and gives away 9 %, because negative
    /// levels leave letters as they are.)
    static func forBlobs() throws(Failure) -> Compressor {
        let compressor = try Compressor(level: 1)
        for (parameter, value) in [
            (ZSTD_c_strategy, Int32(ZSTD_fast.rawValue)), (ZSTD_c_hashLog, 11), (ZSTD_c_minMatch, 7),
            // Steps through what does not repeat.
            (ZSTD_c_targetLength, 2),
            // The mode of literals, which the header names for static linking only: 1 compresses them always. A library
            // that does not know it leaves them out, and nothing but space is lost.
            (ZSTD_c_experimentalParam5, 1),
        ] {
            _ = ZSTD_CCtx_setParameter(compressor.context, parameter, value)
        }
        return compressor
    }

    deinit { ZSTD_freeCCtx(context) }

    /// - Returns: the compressed bytes' count; `nil` when they do not fit into `output`.
    func compress(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int? {
        let count = ZSTD_compress2(context, output.baseAddress, output.count, input.baseAddress, input.count)
        return ZSTD_isError(count) == 0 ? count : nil
    }

    /// Adds input to a stream, or ends it.
    /// - Returns: bytes written and whether all was taken (and, at the end, written out).
    func stream(
        _ input: UnsafeRawBufferPointer, taken: inout Int, into output: UnsafeMutableRawBufferPointer, isEnd: Bool
    ) throws(Failure) -> (written: Int, isDone: Bool) {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: taken)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let left = ZSTD_compressStream2(context, &target, &source, isEnd ? ZSTD_e_end : ZSTD_e_continue)
        if ZSTD_isError(left) != 0 { throw Failure(library: "ZSTD_compressStream2") }
        taken = source.pos
        return (target.pos, isEnd ? left == 0 : source.pos == source.size)
    }
}

/// Decompresses one blob at a time. One thread at a time.
final class Decompressor {
    private let context: OpaquePointer

    init() throws(Failure) {
        guard let context = ZSTD_createDCtx() else { throw Failure(library: "ZSTD_createDCtx") }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    /// - Returns: whether exactly `output.count` bytes came out.
    func decompress(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool {
        ZSTD_decompressDCtx(context, output.baseAddress, output.count, input.baseAddress, input.count) == output.count
    }

    /// Reads a part of a stream.
    /// - Returns: bytes written, and whether a frame has ended with them; `nil` for what is not zstd.
    func stream(_ input: UnsafeRawBufferPointer, taken: inout Int, into output: UnsafeMutableRawBufferPointer) -> (
        written: Int, isFrameEnd: Bool
    )? {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: taken)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let hint = ZSTD_decompressStream(context, &target, &source)
        if ZSTD_isError(hint) != 0 { return nil }
        taken = source.pos
        return (target.pos, hint == 0)
    }
}
