import Fixtures
import Glibc
import Linux
import Testing

@Suite("The mount table")
struct MountTableTests {
    @Test("reads mount points with blanks, tabs, line ends and backslashes")
    func escapes() throws {
        let table = MountTable(
            parsing: #"36 35 8:1 /a\040b /mnt/x\040y\011z\012w\134v rw,noatime shared:1 - ext4 /dev/a\040b rw,quota"#)
        let mount = try #require(table.mounts.first)
        #expect(mount.mountPoint == "/mnt/x y\tz\nw\\v")
        #expect(mount.root == "/a b")
        #expect(mount.source == "/dev/a b")
        #expect(mount.id == 36 && mount.parentID == 35)
        #expect(mount.device == DeviceNumber(major: 8, minor: 1))
        #expect(mount.options == ["rw", "noatime", "rw", "quota"])
    }

    @Test("reads lines with any number of optional fields, and leaves out what it does not understand")
    func oddLines() {
        let table = MountTable(
            parsing: """
                1 0 8:1 / / rw - ext4 /dev/sda1 rw
                2 1 8:2 / /two rw shared:1 master:2 unbindable - xfs /dev/sdb1 rw
                nonsense
                3 1 eight:2 / /three rw - xfs /dev/sdc rw

                """)
        #expect(table.mounts.map(\.mountPoint) == ["/", "/two"])
    }

    @Test("sees that a mount without a source is read-only")
    func emptySource() {
        let table = MountTable(
            parsing: "9 1 0:44 / /ram rw -  tmpfs  ro,size=4k\n9 1 0:44 / /ram rw - tmpfs  ro,size=4k")
        #expect(table.mounts.last?.source == "")
        #expect(table.mounts.last?.isReadOnly == true)
    }

    @Test("shows the mount that covers the others, and the one that a path lies on")
    func stacked() {
        let table = MountTable(
            parsing: """
                1 0 8:1 / / rw - ext4 /dev/sda1 rw
                2 1 8:2 / /srv rw - xfs /dev/sdb1 rw
                3 2 8:3 / /srv rw - ext4 /dev/sdc1 rw
                4 3 8:4 / /srv/db rw - ext4 /dev/sdd1 rw
                """)
        #expect(table.mount(at: "/srv")?.id == 3)
        #expect(table.mount(at: "/sr") == nil)
        #expect(table.mount(containing: "/srv/file")?.id == 3)
        #expect(table.mount(containing: "/srv/db/x")?.id == 4)
        #expect(table.mount(containing: "/srv/dbx")?.id == 3)
        #expect(table.mount(containing: "/srvx")?.id == 1)
    }

    @Test("knows file systems of other machines by their type", arguments: ["nfs4", "cifs", "fuse.sshfs", "9p"])
    func network(_ type: String) {
        let table = MountTable(parsing: "1 0 0:50 / /far rw - \(type) there:/x rw")
        #expect(table.mounts.first?.isNetwork == true)
    }

    @Test("of this machine has a root, and agrees with an open descriptor")
    func real() throws {
        let root = try #require(try MountTable.current().mount(at: "/"))
        let identity = try Descriptor.open("/", O_RDONLY | O_DIRECTORY).mountIdentity()
        #expect(identity.isMountRoot && identity.mountID == root.id)
    }
}
