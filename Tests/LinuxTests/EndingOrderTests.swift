import Glibc
import Linux
import Testing

@Suite("A program that is ended with all that it started", .serialized)
struct EndingOrderTests {
    @Test("hears of it before its children do, and takes no step of its own because of their end")
    func leaderFirst() throws {
        let path = try #require(Program.find("bash"))
        // The more children there are, the longer the last of them is told after the first.
        let script = "for i in {1..300}; do sleep 987651 & done; echo ready; wait -n; echo went on"
        for _ in 0..<5 {
            var limits = ChildProcess.Limits()
            limits.deadline = Instant.now.advanced(bySeconds: 3)
            let result = try ChildProcess.run(Program(.path(path), ["-c", script]), limits)
            #expect(result.timedOut && result.ending == .killed(SIGTERM))
            #expect(result.output.text == "ready\n")
        }
    }
}
