internal import CLinux
internal import Glibc
public import Linux

/// A file system on an image of its own, mounted through a loop device. It is thawed, unmounted and removed afterwards,
/// also when the test fails.
public final class Volume: Sendable {
    /// The type of a volume's file system.
    public enum Kind: String, Sendable, CaseIterable {
        case ext4, xfs, btrfs
    }

    /// Where it is mounted.
    public let mountPoint: String
    /// The image's file.
    public let image: String
    /// The loop device's node.
    public let device: String
    /// The type of its file system.
    public let kind: Kind
    /// Its root, opened before anything is frozen: thawing needs no path then.
    public let root: Descriptor

    private init(mountPoint: String, image: String, device: String, kind: Kind, root: Descriptor) {
        self.mountPoint = mountPoint
        self.image = image
        self.device = device
        self.kind = kind
        self.root = root
    }

    /// Makes and mounts a volume for `body`.
    /// - Parameters:
    ///   - megabytes: the image's size; xfs and btrfs need 300 and 120 at least.
    ///   - folder: where image and mount point are made: a sandbox's folder, or another volume's for a nested one.
    public static func with<Value>(
        _ kind: Kind, megabytes: Int = 0, in folder: String, name: String = "volume", _ body: (Volume) throws -> Value
    ) throws -> Value {
        try Sandbox.requirePrivateNamespace()
        let size = megabytes > 0 ? megabytes : [.ext4: 64, .xfs: 320, .btrfs: 160][kind] ?? 320
        let image = "\(folder)/\(name).img", mountPoint = "\(folder)/\(name)"
        try Files.makeFolder(mountPoint)
        try Shell.run("truncate", "-s", "\(size)M", image)
        try makeFileSystem(kind, image)
        let device = try Shell.run("losetup", "--find", "--show", image).trimmed
        defer {
            _ = try? Shell.run("losetup", "-d", device)
            unlink(image)
            rmdir(mountPoint)
        }
        try Shell.run("mount", "-t", kind.rawValue, device, mountPoint)
        defer { unmount(mountPoint) }
        let root = try Descriptor.open(mountPoint, O_RDONLY | O_DIRECTORY)
        let volume = Volume(mountPoint: mountPoint, image: image, device: device, kind: kind, root: root)
        guard try root.mountIdentity().isMountRoot else { throw FixtureError("\(mountPoint) is not mounted") }
        defer { volume.thaw() }
        return try body(volume)
    }

    private static func makeFileSystem(_ kind: Kind, _ image: String) throws {
        switch kind {
        // Without lazy initialisation nothing is written behind the test's back.
        case .ext4: try Shell.run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
        case .xfs: try Shell.run("mkfs.xfs", "-q", "-f", "-m", "reflink=1", image)
        case .btrfs: try Shell.run("mkfs.btrfs", "-q", "-f", image)
        }
    }

    private static func unmount(_ mountPoint: String) {
        // What was killed lives on for a moment, as long as its last write takes.
        let isDone = Wait.until(seconds: 10) { umount2(mountPoint, 0) == 0 || errno != EBUSY }
        if !isDone { umount2(mountPoint, Int32(MNT_DETACH)) }
    }

    /// Freezes it as somebody else than Remanso would.
    public func freezeAsForeigner() throws { try check("FIFREEZE", mountPoint) { remanso_freeze(root.number) } }

    /// Thaws it by the descriptor; `false` when it was not frozen.
    @discardableResult
    public func thaw() -> Bool { remanso_thaw(root.number) == 0 }

    /// A path inside.
    public func path(_ name: String) -> String { "\(mountPoint)/\(name)" }

    /// Writes a file inside and returns its path.
    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String {
        try Sandbox.write(path(name), text, mode: 0o644)
    }

    /// Whether a write and fsync succeeds within a time; made by a process of its own, because a write to a frozen file
    /// system blocks and cannot be killed.
    public func acceptsWrites(withinSeconds seconds: Double) -> Bool {
        guard let shell = Program.find("sh"), let sink = try? Descriptor.open("/dev/null", O_WRONLY) else {
            return false
        }
        let program = Program(.path(shell), ["-c", "echo x > '\(path(".probe"))' && sync '\(path(".probe"))'"])
        guard let (pid, process) = try? ChildProcess.spawn(program, output: sink, errors: sink) else { return false }
        guard Wait.forEnd(of: process, seconds: seconds) else { return false }
        return ChildProcess.wait(for: pid) == .exited(0)
    }
}

extension String {
    /// Without blanks and line ends at both ends.
    public var trimmed: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        return String(text)
    }
}
