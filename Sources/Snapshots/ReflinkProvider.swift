internal import CLinux
internal import Glibc
internal import Linux
internal import Messages

/// A volume in an image file on XFS or btrfs: the image is cloned while the volume is frozen, as an image-based
/// hypervisor snapshots its guests. The clone has no name, so the kernel removes it with its last user.
struct ReflinkProvider: SnapshotProvider {
    let name = "reflink"
    let freezeRule = FreezeRule.needed

    func assess(_ mount: Mount, in table: MountTable, frozen: [Mount]) -> Suitability {
        guard let image = LoopImage.under(mount.device) ?? loopImage(ofSource: mount),
            let outer = table.mount(containing: image.path)
        else { return .unsuitable(.noImage) }
        let below = table.devices(below: mount)
        if let volume = frozen.first(where: { below.contains($0.device) }) {
            return .unsuitable(.imageOnFrozenVolume(image: image.path, volume: volume.mountPoint))
        }
        guard canClone(image) else {
            return .unsuitable(.imageCannotBeCloned(image: image.path, filesystem: outer.filesystem))
        }
        return .suitable(.imageCanBeCloned(image: image.path, filesystem: outer.filesystem))
    }

    /// btrfs shows an anonymous device: its real one is found by the node that was mounted.
    private func loopImage(ofSource mount: Mount) -> LoopImage? {
        BlockDevices.number(ofNode: mount.source).flatMap(LoopImage.under)
    }

    /// Tries it with two nameless files: the type alone does not say whether XFS was made with reflink.
    private func canClone(_ image: LoopImage) -> Bool {
        guard let original = try? image.open(), let source = try? namelessFile(beside: image, like: original),
            let clone = try? namelessFile(beside: image, like: original),
            (try? source.writeAll([UInt8](repeating: 0, count: 4096))) != nil
        else { return false }
        return remanso_clone_file(clone.number, source.number) == 0
    }

    private func namelessFile(beside image: LoopImage, like original: Descriptor) throws(SystemError) -> Descriptor {
        let file = try Descriptor.open(Files.parent(of: image.path), O_TMPFILE_FLAG | O_RDWR)
        try check("FS_IOC_SETFLAGS", image.path) { remanso_copy_nocow(file.number, original.number) }
        return file
    }

    func warnings(for mount: Mount) -> [Problem] { [] }

    func prepare(_ source: SnapshotSource) throws(Failure) -> any PreparedSnapshot {
        let volume = source.mount.mountPoint
        guard let image = LoopImage.under(source.mount.device) ?? loopImage(ofSource: source.mount) else {
            throw Failure(.providerUnsuitable(provider: name, volume: volume, reason: .noImage))
        }
        return try attempt(volume) { () throws(SystemError) in
            let original = try image.open()
            let clone = try namelessFile(beside: image, like: original)
            // What the image's own file system has not written yet would be written inside the freeze.
            try check("fdatasync", image.path) { fdatasync(original.number) }
            return ImageClone(provider: self, source: source, image: image, original: original, clone: clone)
        }
    }

    func remove(leftover: String) throws(Failure) {}
}

/// `O_TMPFILE` as Linux defines it on all its platforms; Swift's Glibc module lacks it.
private let O_TMPFILE_FLAG: Int32 = 0o20_000_000 | O_DIRECTORY

private final class ImageClone: PreparedSnapshot {
    let leftover: String? = nil
    private let provider: ReflinkProvider
    private let source: SnapshotSource
    private let image: LoopImage
    private let original: Descriptor
    private let clone: Shared<Descriptor?>

    init(
        provider: ReflinkProvider, source: SnapshotSource, image: LoopImage, original: Descriptor, clone: Descriptor
    ) {
        self.provider = provider
        self.source = source
        self.image = image
        self.original = original
        self.clone = Shared(clone)
    }

    private var volume: String { source.mount.mountPoint }

    func take() throws(Failure) {
        guard let clone = clone.withLock({ $0 }) else { return }
        _ = try provider.attempt(volume) { () throws(SystemError) in
            try check("FICLONE", image.path) { remanso_clone_file(clone.number, original.number) }
        }
    }

    func open(wasFrozen: Bool) throws(Failure) -> MountView.Layer? {
        guard let clone = clone.withLock({ $0 }) else { return nil }
        let mount = source.mount
        return try provider.attempt(volume) { () throws(SystemError) in
            let loop = try LoopDevice.attach(
                clone, offset: image.offset, length: image.length, readOnly: wasFrozen)
            // A snapshot without freeze has a journal to replay: into the clone, which is ours alone.
            let options = Self.options(mount.filesystem, replaysJournal: !wasFrozen)
            let shown = try DetachedMount(mount.filesystem, source: loop.node, options: options)
            return MountView.Layer(mount: shown, root: mount.root, mountPoint: mount.mountPoint)
        }
    }

    private static func options(_ filesystem: String, replaysJournal: Bool) -> [(String, String?)] {
        switch filesystem {
        case "xfs": replaysJournal ? [("nouuid", nil)] : [("nouuid", nil), ("norecovery", nil)]
        case "ext3", "ext4": replaysJournal ? [] : [("noload", nil)]
        // The mount's folder is counted from the top of all subvolumes.
        case "btrfs": [("subvolid", "5")]
        default: []
        }
    }

    func release() throws(Failure) { clone.withLock { $0 = nil } }
}
