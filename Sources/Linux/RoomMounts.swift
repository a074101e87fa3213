internal import CLinux
internal import Glibc

/// What a room shows in place of the machine's own files: nothing of the machine can be written to, what programs tell
/// each other goes to empty folders in memory, and volumes stand where they always stand.
public struct RoomMounts: Sendable {
    /// A volume that may be written to.
    public struct Volume: Sendable {
        let mount: DetachedMount
        let mountPoint: String

        /// Shows a mounted file system at a mount point.
        public init(_ mount: DetachedMount, at mountPoint: String) {
            self.mount = mount
            self.mountPoint = mountPoint
        }
    }

    private let volumes: [Volume]
    private let hidden: [String]

    /// Folders in memory, with their modes: what the machine's own programs have there must not be met.
    private static let fresh: [(path: String, mode: UInt32)] = [
        ("/run", 0o755), ("/var/run", 0o755), ("/tmp", 0o1777), ("/var/tmp", 0o1777), ("/dev", 0o755),
    ]
    private static let devices = ["null", "zero", "full", "random", "urandom"]

    /// - Parameter hidden: folders that are shown empty.
    public init(_ volumes: [Volume], hiding hidden: [String] = []) {
        self.volumes = volumes
        self.hidden = hidden
    }

    /// Makes the calling thread's mount namespace look like this. It must be the thread's own, made by
    /// `Threads.isolated`, and the thread must end afterwards.
    public func furnish() throws(SystemError) {
        var nodes: [(String, DetachedMount)] = []
        for name in Self.devices { nodes.append((name, try .cloning("/dev/\(name)"))) }
        try check("mount_setattr", "/") { remanso_protect_mounts() }
        if let root = volumes.first(where: { $0.mountPoint == "/" }) { try enter(root) }
        for place in places { try show(place) }
        try furnishDevices(nodes)
    }

    private enum Place {
        case volume(Volume)
        case fresh(path: String, mode: UInt32)

        var path: String {
            switch self {
            case .volume(let volume): volume.mountPoint
            case .fresh(let path, _): path
            }
        }
    }

    /// Outer ones first, each path once.
    private var places: [Place] {
        let taken = Set(volumes.map(\.mountPoint))
        var paths: Set<String> = []
        var places = volumes.filter { $0.mountPoint != "/" }.map { Place.volume($0) }
        for (path, mode) in Self.fresh + hidden.map({ ($0, 0o700) }) {
            // `/var/run` is a link to `/run`, mostly.
            guard let path = Files.resolved(path), Files.isFolder(path), !taken.contains(path) else { continue }
            if paths.insert(path).inserted { places.append(.fresh(path: path, mode: mode)) }
        }
        return places.sorted { $0.path.utf8.count < $1.path.utf8.count }
    }

    private func show(_ place: Place) throws(SystemError) {
        switch place {
        case .volume(let volume):
            // Within a folder in memory it is not there yet; elsewhere nothing can be made.
            try? Files.makeFolder(volume.mountPoint, mode: 0o755)
            try volume.mount.attach(at: volume.mountPoint)
        case .fresh(let path, let mode):
            // The folder may be hidden by what was shown before.
            guard Files.isFolder(path) else { return }
            let options = "mode=" + String(mode, radix: 8)
            try check("mount tmpfs", path) {
                mount("tmpfs", path, "tmpfs", UInt(MS_NOSUID | MS_NODEV), options)
            }
        }
    }

    /// A volume that is the root of all: its own programs are used.
    private func enter(_ root: Volume) throws(SystemError) {
        let kept = try ["/proc", "/sys"].map { (path) throws(SystemError) in (path, try DetachedMount.cloning(path)) }
        try root.mount.attach(at: "/")
        // A mount on "/" is seen only by who enters it.
        try check("chdir", "/..") { chdir("/..") }
        try check("chroot", ".") { chroot(".") }
        for (path, mount) in kept { try mount.attach(at: path) }
    }

    private func furnishDevices(_ nodes: [(String, DetachedMount)]) throws(SystemError) {
        for (name, node) in nodes {
            let path = "/dev/\(name)"
            _ = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o666)
            try node.attach(at: path)
        }
        let links = ["fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1"]
        for (name, target) in links { symlink(target, "/dev/\(name)") }
        symlink("/proc/self/fd/2", "/dev/stderr")
        try Files.makeFolder("/dev/shm")
        try check("chmod", "/dev/shm") { chmod("/dev/shm", 0o1777) }
    }
}

extension DetachedMount {
    /// A layer over a folder: what is changed goes to another folder.
    /// - Parameters:
    ///   - lower: shown, and never written to.
    ///   - upper: takes the changes; must be empty, and lie on a local file system.
    ///   - work: an empty folder beside `upper`.
    public static func overlay(over lower: String, upper: String, work: String) throws(SystemError) -> DetachedMount {
        // A colon would begin another layer.
        let escaped = lower.replacing("\\", with: "\\\\").replacing(":", with: "\\:")
        return try DetachedMount(
            "overlay", source: "remanso",
            options: [("lowerdir", escaped), ("upperdir", upper), ("workdir", work)], writable: true)
    }
}
