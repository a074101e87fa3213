internal import CLinux
internal import Glibc

/// A mounted file system that stands in no folder. It vanishes with its descriptor, so no crash leaves it behind; a
/// `MountView` shows it to a program.
public struct DetachedMount: Sendable {
    /// The mount itself, for `MountView`; an `O_PATH` descriptor, which no ioctl accepts.
    let mount: Descriptor

    /// Mounts a device read-only without device files and set-user-ID programs.
    /// - Parameters:
    ///   - filesystem: the type, such as `xfs`.
    ///   - source: the device's node.
    ///   - options: of the file system: `("norecovery", nil)`, `("subvolid", "256")`.
    ///   - writable: for making snapshots in it; otherwise nothing can be written through this mount.
    ///   - isShared: the file system is mounted elsewhere too, so its own state stays as it is.
    /// - Throws: `SystemError` with the kernel's reason.
    public init(
        _ filesystem: String, source: String, options: [(String, String?)], writable: Bool = false,
        isShared: Bool = false
    )
        throws(SystemError)
    {
        let context = Descriptor(
            owning: try check("fsopen", filesystem) { remanso_fsopen(filesystem) }, path: filesystem)
        try check("fsconfig", source) { remanso_fsconfig_string(context.number, "source", source) }
        for (name, value) in options {
            try check("fsconfig \(name)", source) {
                value.map { remanso_fsconfig_string(context.number, name, $0) }
                    ?? remanso_fsconfig_flag(context.number, name)
            }
        }
        if !writable && !isShared { try check("fsconfig ro", source) { remanso_fsconfig_flag(context.number, "ro") } }
        try check("mount", source) { remanso_fsconfig_create(context.number) }
        var attributes = UInt32(REMANSO_MOUNT_NOSUID | REMANSO_MOUNT_NODEV | REMANSO_MOUNT_NOATIME)
        if !writable { attributes |= UInt32(REMANSO_MOUNT_RDONLY) }
        let number = try check("fsmount", source) { remanso_fsmount(context.number, attributes) }
        mount = Descriptor(owning: number, path: source)
    }

    private init(mount: Descriptor) { self.mount = mount }

    /// Shows it at a folder of this process's mount namespace, where it stays until it is unmounted.
    public func attach(at folder: String) throws(SystemError) {
        try check("move_mount", folder) { remanso_move_mount(mount.number, folder) }
    }

    /// Opens its root, for ioctls and for files below it.
    public func root() throws(SystemError) -> Descriptor { try mount.open(".", O_RDONLY | O_DIRECTORY) }

    /// A private copy of what is mounted at `path` and below it, as it is now.
    public static func cloning(_ path: String) throws(SystemError) -> DetachedMount {
        DetachedMount(mount: Descriptor(owning: try check("open_tree", path) { remanso_clone_mount(path) }, path: path))
    }
}

/// What a program sees in place of the live file systems: each volume's snapshot at the volume's own mount point.
/// Only that program and its children see it.
public struct MountView: Sendable {
    /// One snapshot and the place where it is shown.
    public struct Layer: Sendable {
        /// The mounted snapshot.
        public let mount: DetachedMount
        /// The folder within the snapshot that is shown; `/` for all of it.
        public let root: String
        /// Where it is shown.
        public let mountPoint: String

        /// Shows `root` of `mount` at `mountPoint`.
        public init(mount: DetachedMount, root: String, mountPoint: String) {
            self.mount = mount
            self.root = root
            self.mountPoint = mountPoint
        }
    }

    /// The snapshots; the order does not matter.
    public var layers: [Layer]
    /// Live folders that stay visible even where a layer hides them, such as the vault's.
    public var liveFolders: [String]

    /// A view of `layers` with `liveFolders` kept.
    public init(layers: [Layer] = [], liveFolders: [String] = []) {
        self.layers = layers
        self.liveFolders = liveFolders
    }

    /// The namespace that the first who entered has made: a mount can be shown only once.
    private let namespace = Shared<Descriptor?>(nil)

    /// Enters the view with the calling thread, which must end afterwards: see `Threads.isolated`.
    func enter() throws(SystemError) {
        if let made = namespace.withLock({ $0 }) {
            try check("setns", "mount namespace") { remanso_enter_mounts(made.number) }
            return
        }
        try build()
        let made = try Descriptor.open("/proc/thread-self/ns/mnt", O_RDONLY)
        namespace.withLock { $0 = made }
    }

    private func build() throws(SystemError) {
        try check("unshare", "mount namespace") { remanso_unshare_mounts() }
        try check("mount", "/") { Glibc.mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) }
        let hidesRoot = layers.contains { $0.mountPoint == "/" }
        let system = hidesRoot ? ["/proc", "/sys", "/dev", "/run", "/tmp"] : []
        var kept: [(String, DetachedMount)] = []
        for folder in system + liveFolders.compactMap(Files.resolved) where Files.isFolder(folder) {
            if hidesRoot || layers.contains(where: { Files.path(folder, isWithin: $0.mountPoint) }) {
                kept.append((folder, try DetachedMount.cloning(folder)))
            }
        }
        for layer in layers.sorted(by: { $0.mountPoint.utf8.count < $1.mountPoint.utf8.count }) {
            try show(layer)
            // A mount on "/" is seen only by who enters it.
            if layer.mountPoint == "/" { try enterRoot() }
        }
        for (folder, mount) in kept {
            try check("move_mount", folder) { remanso_move_mount(mount.mount.number, folder) }
        }
    }

    private func show(_ layer: Layer) throws(SystemError) {
        guard layer.root != "/" else {
            try check("move_mount", layer.mountPoint) {
                remanso_move_mount(layer.mount.mount.number, layer.mountPoint)
            }
            return
        }
        // A folder of a snapshot: attach the whole, bind the folder over it.
        try check("move_mount", layer.mountPoint) { remanso_move_mount(layer.mount.mount.number, layer.mountPoint) }
        let inner = layer.mountPoint + layer.root
        try check("mount --bind", inner) {
            Glibc.mount(inner, layer.mountPoint, nil, UInt(MS_BIND), nil)
        }
    }

    private func enterRoot() throws(SystemError) {
        try check("chdir", "/..") { chdir("/..") }
        try check("chroot", ".") { chroot(".") }
    }
}
