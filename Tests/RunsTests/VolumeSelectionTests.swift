import Linux
import Messages
import Runs
import Testing

@Suite("Which volumes a run is about")
struct VolumeSelectionTests {
    private let table = MountTable(
        parsing: """
            20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
            21 20 0:5 / /proc rw - proc proc rw
            22 20 0:6 / /sys rw - sysfs sysfs rw
            23 20 0:7 / /dev rw - devtmpfs udev rw
            24 20 0:8 / /run rw - tmpfs tmpfs rw
            25 20 8:2 / /boot rw - xfs /dev/sda2 rw
            26 20 8:17 / /srv/db rw - xfs /dev/sdb1 rw
            27 20 8:17 / /mnt/db-again rw - xfs /dev/sdb1 rw
            28 20 8:1 /var/log /mnt/log rw - ext4 /dev/sda1 rw
            29 20 0:40 / /mnt/nfs rw - nfs4 server:/export rw
            30 20 0:41 / /mnt/share rw - cifs //server/share rw
            31 20 0:42 / /mnt/ssh rw - fuse.sshfs user@host:/ rw
            32 20 7:3 / /snap/core/1 ro - squashfs /dev/loop3 ro
            33 20 11:0 / /media/cdrom ro - iso9660 /dev/sr0 ro
            34 20 8:33 / /mnt/scratch rw - ext4 /dev/sdc1 rw
            35 34 8:49 / /mnt/scratch/inner rw - ext4 /dev/sdd1 rw
            36 20 0:50 / /overlay rw - overlay overlay rw
            37 20 8:65 / /mnt/a\\040blank,\\040ñ ro - ext4 /dev/sde1 ro
            38 20 8:81 / /media/usb rw - fuseblk /dev/sdf1 rw
            """)

    private func chosen(_ names: [String]? = nil, excluding: [String] = []) throws -> [String] {
        try VolumeSelection.select(names, excluding: excluding, in: table).map(\.mountPoint)
    }

    @Test("by default every local disk once, and nothing that is a network share, an image medium or no disk at all")
    func byDefault() throws {
        #expect(
            try chosen() == [
                "/", "/boot", "/media/usb", "/mnt/a blank, ñ", "/mnt/scratch", "/mnt/scratch/inner", "/srv/db",
            ])
    }

    @Test(
        "an exclusion takes what is mounted below it too, with or without a slash at the end",
        arguments: ["/mnt/scratch", "/mnt/scratch/", "/mnt/scratch//"])
    func exclusion(_ path: String) throws {
        let all = try chosen(excluding: [path])
        #expect(!all.contains("/mnt/scratch") && !all.contains("/mnt/scratch/inner"))
        #expect(all.contains("/boot"))
    }

    @Test("excluding / leaves the other volumes")
    func excludingRoot() throws {
        let all = try chosen(excluding: ["/"])
        #expect(!all.contains("/") && all.contains("/boot"))
        #expect(try chosen(excluding: ["/bo"]).contains("/boot"))
    }

    @Test("one mount of a file system that is excluded leaves its other mount")
    func excludingOneOfTwoMounts() throws {
        #expect(try chosen(excluding: ["/srv/db"]).contains("/mnt/db-again"))
    }

    @Test("a volume is named by its mount point, with a slash at the end or without, and counts once")
    func named() throws {
        #expect(try chosen(["/srv/db/", "/srv/db", "/mnt/a blank, ñ"]) == ["/srv/db", "/mnt/a blank, ñ"])
        #expect(try chosen(["/mnt/log"]) == ["/mnt/log"])
    }

    @Test("what is no volume is refused with the reason")
    func refused() {
        #expect(throws: Failure(.volumeNotFound(path: "/srv/nothing"))) { try chosen(["/srv/nothing"]) }
        #expect(throws: Failure(.volumeUnsupported(volume: "/mnt/nfs", filesystem: "nfs4"))) {
            try chosen(["/mnt/nfs"])
        }
        #expect(throws: Failure(.volumeUnsupported(volume: "/mnt/ssh", filesystem: "fuse.sshfs"))) {
            try chosen(["/mnt/ssh/"])
        }
        #expect(throws: Failure(.volumeUnsupported(volume: "/proc", filesystem: "proc"))) { try chosen(["/proc"]) }
        #expect(throws: Failure(.noVolumes)) { try chosen([]) }
    }

    @Test("a machine without a local disk has nothing to back up")
    func noDisk() {
        let empty = MountTable(parsing: "1 0 0:1 / / rw - tmpfs tmpfs rw")
        #expect(throws: Failure(.noVolumes)) { try VolumeSelection.select(nil, excluding: [], in: empty) }
    }

    @Test("a volume that another mount covers cannot be read and is left out")
    func covered() throws {
        let table = MountTable(
            parsing: """
                20 1 8:1 / / rw - ext4 /dev/sda1 rw
                22 20 8:3 / /srv/db rw - ext4 /dev/sda3 rw
                23 20 8:4 / /srv rw - xfs /dev/sda4 rw
                """)
        let all = try VolumeSelection.select(nil, excluding: [], in: table).map(\.mountPoint)
        #expect(all == ["/", "/srv"])
    }
}
