import Fixtures
import Glibc
import Linux
import Testing

@testable import Snapshots

@Suite("A process that is killed while it takes an image", .serialized)
struct ImageKillTests {
    @Test(
        "leaves nothing frozen and nothing behind, whatever it was doing",
        arguments: ["settled", "round", "prepared", "frozen", "taken"])
    func killed(_ stage: String) throws {
        let leftovers = Leftovers()
        try Sandbox.with { sandbox in
            try Volume.with(.ext4, in: sandbox.path) { volume in
                try volume.write("file", "content")
                let traces = try Traces(below: sandbox.path)
                let output = sandbox.path("output")
                let sink = try Descriptor.open(output, O_WRONLY | O_CREAT)
                let arguments = [
                    "image", volume.mountPoint, sandbox.path, try RemansoCommand.path(of: "remanso-freezer"), stage,
                ]
                let program = Program(.path(try RemansoCommand.path(of: "precopy-tool")), arguments)
                let (pid, process) = try ChildProcess.spawn(program, output: sink, errors: sink)
                defer { ChildProcess.wait(for: pid) }
                let isThere = Wait.until { (Files.text(output) ?? "").contains(stage) }
                #expect(isThere, "\(Files.text(output) ?? "")")
                kill(pid, SIGKILL)
                #expect(Wait.forEnd(of: process, seconds: 30))
                #expect(volume.acceptsWrites(withinSeconds: 15))
                #expect(try traces.areAllThatIsLeft())
            }
        }
        #expect(leftovers.found() == [])
    }
}
