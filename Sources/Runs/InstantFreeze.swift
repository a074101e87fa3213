internal import Freezing
public import Linux
public import Messages

/// A freeze of one volume that lasts as long as a closure.
public enum InstantFreeze {
    /// Freezes a volume, runs `body` and thaws it, held by the freezer and its second keeper as every freeze is.
    /// - Parameters:
    ///   - ledgerPath: the record for `remanso thaw`; on a file system that is not frozen.
    ///   - deadlineSeconds: the longest freeze.
    ///   - onThaw: told how long the volume was frozen, in milliseconds.
    /// - Returns: what `body` returns. It was true of one instant.
    /// - Throws: `.mountVanished`, `.mountCannotBeOpened`, `.freezeFailed`, `.foreignFreeze`, `.freezeLost`,
    ///   `.freezeDeadlineExceeded`, `.thawFailed`, `.freezerDied`, `.freezerMissing`, or what `body` throws; the volume is
    ///   thawed in each case.
    public static func run<Value>(
        _ mount: Mount, freezerPath: String, ledgerPath: String, deadlineSeconds: Double = 10,
        onThaw: (Double) -> Void = { _ in }, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let target = try FreezeTarget.open(mount)
        // What is written back now need not be written inside the freeze.
        try? target.root.syncFileSystem()
        let session = try FreezeSession(
            [target], deadlineSeconds: deadlineSeconds, ledgerPath: ledgerPath, freezerPath: freezerPath)
        defer { session.close() }
        let result: Result<Value, Failure>
        if let problem = session.freeze().compactMap(\.problem).first {
            result = .failure(Failure(problem))
        } else {
            result = Result { () throws(Failure) in try body() }
        }
        let thawed = session.thaw()
        onThaw(session.totalMilliseconds)
        let value = try result.get()
        if session.deadlineExceeded {
            throw Failure(.freezeDeadlineExceeded(milliseconds: Int(deadlineSeconds * 1000)))
        }
        if let problem = thawed.compactMap(\.problem).first { throw Failure(problem) }
        if !thawed.allSatisfy(\.held) { throw Failure(.freezerDied) }
        return value
    }
}
