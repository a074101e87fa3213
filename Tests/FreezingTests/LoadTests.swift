import Fixtures
import Freezing
import Glibc
import Linux
import Testing

@Suite("Under load", .serialized)
struct LoadTests {
    @Test("two hundred freezes in a row neither hang writers nor lose what they were told is safe")
    func rounds() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path, name: "ext4") { ext4 in
                try Volume.with(.xfs, in: stage.sandbox.path, name: "xfs") { xfs in
                    let volumes = [ext4, xfs]
                    let writers = try volumes.flatMap { volume in
                        try RecordingWriter.Way.allCases.map { try RecordingWriter($0, on: volume, in: stage.sandbox) }
                    }
                    let before = writers.map(\.count)
                    var longest = 0.0
                    for _ in 0..<200 {
                        let session = try stage.session(volumes, deadline: 20)
                        let frozen = session.freeze()
                        let thawed = session.thaw()
                        session.close()
                        try #require(frozen.allSatisfy { $0.held } && thawed.allSatisfy { $0.held })
                        longest = max(longest, session.totalMilliseconds)
                    }
                    #expect(longest < 20_000)
                    for (writer, count) in zip(writers, before) {
                        #expect(Wait.until { writer.count > count }, "it went on")
                        #expect(try writer.loss() == nil)
                    }
                }
            }
        }
    }
}
