internal import Glibc
internal import Linux

/// One volume of a snapshot: an image of it, or its files.
enum VolumeView: Sendable, Equatable {
    /// The image's path.
    case image(String)
    /// The folder with its files.
    case files(String)

    /// Looks for a volume in a snapshot: `/srv/db.img` or `/srv/db` for what was mounted at `/srv/db`.
    /// - Parameter snapshot: the folder that shows the snapshot.
    /// - Returns: `nil` when it is in there in neither way.
    init?(_ mountPoint: String, in snapshot: String) {
        let path = snapshot + (mountPoint == "/" ? "" : mountPoint)
        let image = mountPoint == "/" ? snapshot + "/.img" : path + ".img"
        if let file = try? Descriptor.open(image, O_RDONLY | O_NOFOLLOW), let status = try? file.status(),
            status.st_mode & S_IFMT == S_IFREG
        {
            self = .image(image)
        } else if Files.isFolder(path) {
            self = .files(path)
        } else {
            return nil
        }
    }

    /// Shows the volume's files at a folder, read-only, without device files and set-user-ID programs.
    func show(at folder: String) throws(SystemError) {
        switch self {
        case .files(let path):
            try check("mount --bind", folder) { mount(path, folder, nil, UInt(MS_BIND), nil) }
            let flags = UInt(MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)
            try check("mount", folder) { mount(nil, folder, nil, flags, nil) }
        case .image(let path): try Self.showImage(path, at: folder)
        }
    }

    private static func showImage(_ path: String, at folder: String) throws(SystemError) {
        let image = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW)
        guard let found = ImageFileSystem(image) else { throw SystemError("mount", path, code: EMEDIUMTYPE) }
        // It goes with its last user, the mount.
        let loop = try LoopDevice.attach(image, offset: 0, length: 0, readOnly: true)
        try DetachedMount(found.type, source: loop.node, options: found.options).attach(at: folder)
        withExtendedLifetime(loop) {}
    }
}

/// The file system in an image, told by its magic number, and how it is mounted without writing anything.
struct ImageFileSystem: Equatable {
    let type: String
    let options: [(String, String?)]

    private static let known: [(type: String, offset: off_t, magic: [UInt8], options: [(String, String?)])] = [
        // An image is no disk of its own: its journal cannot be replayed there, and its UUID may be that of a live one.
        ("xfs", 0, Array("XFSB".utf8), [("norecovery", nil), ("nouuid", nil)]),
        ("ext4", 1080, [0x53, 0xEF], [("noload", nil)]),
        ("btrfs", 65_600, Array("_BHRfS_M".utf8), []),
    ]

    /// `nil` for one that is not known.
    init?(_ image: Descriptor) {
        let found = Self.known.first { one in
            var bytes = [UInt8](repeating: 0, count: one.magic.count)
            return pread(image.number, &bytes, bytes.count, one.offset) == bytes.count && bytes == one.magic
        }
        guard let found else { return nil }
        (type, options) = (found.type, found.options)
    }

    static func == (left: ImageFileSystem, right: ImageFileSystem) -> Bool { left.type == right.type }
}
