import Fixtures
import Glibc
import Linux
import Testing

@Suite("The table of mounts")
struct MountTableTests {
    @Test("a mount point that is not UTF-8 does not keep Remanso from seeing the others")
    func mountPointInLatin1() throws {
        try Sandbox.with { sandbox in
            let path = (Array(sandbox.path("caf").utf8) + [0xe9, 0]).map { CChar(bitPattern: $0) }
            #expect(mkdir(path, 0o700) == 0)
            #expect(mount("none", path, "tmpfs", 0, nil) == 0)
            defer {
                umount2(path, Int32(MNT_DETACH))
                rmdir(path)
            }
            let table = try MountTable.current()
            #expect(table.mount(at: "/") != nil)
        }
    }

    @Test("blanks, tabs, line ends, backslashes and commas in names are read as they are")
    func escapes() {
        let line =
            #"36 35 7:1 /sub\040folder /a\040b\011c\012d\134e,f rw,noatime shared:1 master:2 - ext4 /dev/x\040y rw"#
        let mount = MountTable(parsing: line).mounts.first
        #expect(mount?.mountPoint == "/a b\tc\nd\\e,f")
        #expect(mount?.root == "/sub folder")
        #expect(mount?.source == "/dev/x y")
        #expect(mount?.options == ["rw", "noatime", "rw"])
    }

    /// `/srv/db` was mounted first, then something else over `/srv`.
    private let covered = MountTable(
        parsing: """
            20 1 8:1 / / rw - ext4 /dev/sda1 rw
            21 20 8:2 / /srv rw - ext4 /dev/sda2 rw
            22 21 8:3 / /srv/db rw - ext4 /dev/sda3 rw
            23 21 8:4 / /srv rw - xfs /dev/sda4 rw
            24 23 8:5 / /srv/new rw - ext4 /dev/sda5 rw
            25 20 8:6 / /srv2 rw - ext4 /dev/sda6 rw
            """)

    @Test("what another mount covers is not taken for what stands at a path")
    func coveredMounts() {
        #expect(covered.mount(at: "/srv")?.id == 23)
        #expect(covered.mount(at: "/srv/db") == nil)
        #expect(covered.mount(containing: "/srv/db/file")?.id == 23)
        #expect(covered.mount(containing: "/srv/new/file")?.id == 24)
        #expect(covered.mount(containing: "/srv2/file")?.id == 25)
        #expect(covered.mount(containing: "/srvx")?.id == 20)
    }
}
