import Applications
import Fixtures
import Glibc
import Linux
import Testing

/// What a program in the room can reach, asked from within it: as the application's user, and as root where the data
/// is root's.
@Suite("The room of a drill", .serialized)
struct RoomTests {
    /// Runs a shell in the room and returns what it prints.
    private func inside(_ query: (Stage) -> String, owner: String? = nil, _ more: [String] = []) throws -> String {
        try Stage.with(owner: owner) { stage in
            let record = stage.record("test-files") { $0.settings.drill.query = query(stage) }
            try stage.makePoint([record])
            let result = try stage.drill(more)
            return try result.application["probe"]["found"].string ?? "\(result.output) \(result.errors)"
        }
    }

    /// What would do no harm if it could be written after all: the settings get the value that they have.
    private static let writes = [
        ("/etc/remanso-drill-was-here", "echo 1"),
        ("/proc/sys/kernel/core_pattern", "cat /proc/sys/kernel/core_pattern"),
        ("/proc/sysrq-trigger", "echo h"), ("/sys/kernel/mm/ksm/run", "cat /sys/kernel/mm/ksm/run"),
    ]

    @Test("Nothing of the machine can be written to", arguments: [[], ["without-users"]])
    func writesNothing(more: [String]) throws {
        let tries = Self.writes.map { "(\($0.1) > \($0.0)) 2>/dev/null && echo wrote \($0.0);" }.joined(separator: " ")
        let found = try inside({ _ in tries + " echo end" }, more)
        #expect(found == "end")
        #expect(!Files.exists(Self.writes[0].0))
    }

    @Test("No mount, no device, no way into the kernel", arguments: [[], ["without-users"]])
    func noPower(more: [String]) throws {
        let found = try inside(
            { stage in
                """
                cd '\(stage.data)'; mount -t tmpfs none . 2>/dev/null && echo mounted
                mknod disk b 254 0 2>/dev/null && (head -c 1 disk >/dev/null 2>&1) && echo read
                umount '\(stage.volume.mountPoint)' 2>/dev/null && echo unmounted
                grep CapBnd /proc/self/status
                """
            }, more)
        // Owners, signals, ids, ports, memory and priorities: nothing that reaches the kernel.
        let capabilities = found.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) }
        #expect(found.hasPrefix("CapBnd:") && (capabilities ?? .max) & ~0x180_45fb == 0, "\(found)")
    }

    @Test("It sees its own processes, its own network and empty folders of the system")
    func seesItself() throws {
        let found = try inside { stage in
            """
            ls /proc | grep -c '^[0-9]*$' | awk '{print ($1 < 10)}'
            grep -c : /proc/net/dev
            ls -A /run /tmp /var/tmp /dev/shm | grep -v remanso-drill | grep -c .
            ls /dev | tr '\\n' ' '
            """
        }
        #expect(
            found == "1\n1\n4\nfd full null random shm stderr stdin stdout urandom zero" || found.hasPrefix("1\n1\n"))
        #expect(!found.contains("vda") && !found.contains("loop"), "\(found)")
    }

    @Test("The restored volume can be written to, and the live one stays as it is")
    func ownCopy() throws {
        try Stage.with { stage in
            try Sandbox.write(stage.data + "/file", "live\n", mode: 0o644)
            try Shell.run("chown", "redis:redis", stage.data + "/file")
            let record = stage.record("test-files") { record in
                record.settings.drill.query = "cd '\(stage.data)'; cat file; echo drilled > file; cat file; id -un"
                record.settings.drill.expect = "live\ndrilled\nredis"
            }
            try stage.makePoint([record])
            let result = try stage.drill()
            #expect(result.status == 0, "\(result.output) \(result.errors)")
            #expect(Files.text(stage.data + "/file") == "live\n")
        }
    }

    @Test("Another live volume can be read at most")
    func otherVolume() throws {
        try Stage.with(owner: nil) { stage in
            try Volume.with(.ext4, in: stage.sandbox.path, name: "other") { other in
                let path = try other.write("file", "live\n")
                let record = stage.record("test-files") { record in
                    record.settings.drill.query =
                        "(echo x > '\(path)') 2>/dev/null; (rm '\(path)') 2>/dev/null; echo end"
                }
                try stage.makePoint([record])
                #expect(try stage.drill().status == 0)
                #expect(Files.text(path) == "live\n")
            }
        }
    }
}
