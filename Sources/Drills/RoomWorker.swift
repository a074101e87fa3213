public import Applications
internal import Glibc
internal import Linux

/// The process inside the room: the first of its own process namespace, which ends with it.
public enum RoomWorker {
    /// Bytes of a job; the files of an application that lie on no volume are small.
    private static let jobLimit = 64 << 20

    /// Reads one job from standard input, does it, and tells on standard output what came of it.
    /// - Parameter kinds: the types of applications that are known.
    /// - Returns: the exit status.
    public static func serve(kinds: [ApplicationKind] = Applications.all) -> Int32 {
        let input = Descriptor(owning: dup(STDIN_FILENO), path: "stdin")
        guard let bytes = try? input.readAll(limit: jobLimit), let job = Line.decode(RoomJob.self, from: bytes),
            getpid() == 1
        else { return 64 }
        let output = Descriptor(owning: dup(STDOUT_FILENO), path: "stdout")
        let say: @Sendable (RoomEvent) -> Void = { event in
            try? output.writeAll(Line.encode(event) + [UInt8(ascii: "\n")])
        }
        guard let kind = kinds.first(where: { $0.type == job.record.type }) else { return 64 }
        var trial = Trial(job, kind.drill(job.record), say: say)
        say(.result(trial.run()))
        return 0
    }
}
