import Fixtures
import Glibc
import Linux
import Messages

@testable import BlockTracking

/// A volume that nothing holds open, so that it can be unmounted and mounted again.
struct LooseVolume {
    let sandbox: Sandbox
    let image: String
    let device: String
    let mountPoint: String

    static func with(_ body: (LooseVolume) throws -> Void) throws {
        try Sandbox.with { sandbox in
            let image = sandbox.path("loose.img"), mountPoint = sandbox.path("loose")
            try Shell.run("truncate", "-s", "24M", image)
            try Shell.run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
            try Files.makeFolder(mountPoint)
            let device = try Shell.run("losetup", "--find", "--show", image).trimmed
            let volume = LooseVolume(sandbox: sandbox, image: image, device: device, mountPoint: mountPoint)
            defer {
                try? volume.unmount()
                KernelObjects.unpin(volume.deviceName)
                _ = try? Shell.run("losetup", "-d", device)
            }
            try Shell.run("mount", device, mountPoint)
            try body(volume)
        }
    }

    /// Where the notes of its tracking are kept.
    var folder: TrackingFolder { TrackingFolder(in: sandbox.path) }
    /// The kernel's name of the device.
    var deviceName: String { String(device.dropFirst("/dev/".count)) }

    private func mount() throws -> Mount {
        guard let mount = try MountTable.current().mount(at: mountPoint) else { throw FixtureError("not mounted") }
        return mount
    }

    func beginPinned() throws {
        let tracker = try PinnedTracker.begin(try mount(), in: folder)
        try Shell.run("sync", "-f", mountPoint)
        try tracker.settle()
        _ = tracker.take()
        try tracker.commit(parent: Stage.parent)
    }

    func unmount() throws { try Shell.run("umount", mountPoint) }

    func detach() throws { try Shell.run("losetup", "-d", device) }

    /// Attaches the image anew, at the same number. Other tests run beside this one and take free numbers: what they have
    /// taken they give back.
    func attachAgain() throws {
        let isAttached = Wait.until(seconds: 300) { (try? Shell.run("losetup", device, image)) != nil }
        if !isAttached { throw FixtureError("\(device) is not given back") }
    }

    func doubtAfterMount() throws -> TrackingDoubt? {
        try Shell.run("mount", device, mountPoint)
        return try PinnedTracker.open(try mount(), in: folder).doubt
    }
}
