internal import CBlockTracking
internal import CBpf
internal import Glibc
internal import Linux
internal import Messages

/// Pinned objects outlive the process: `/sys/fs/bpf/remanso/DEVICE/` holds every map, program and link.
extension KernelObjects {
    static let root = "/sys/fs/bpf"

    static func folder(_ name: String) -> String { "\(root)/remanso/\(name.replacing("!", with: "-"))" }

    /// Mounts the BPF file system as systemd would, if it is not mounted.
    static func mountFileSystem() throws(LoadError) {
        if remanso_filesystem_magic(root) == Int64(REMANSO_BPF_MAGIC) { return }
        let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
        if mount("bpf", root, "bpf", flags, "mode=700") != 0 {
            throw LoadError(obstacle: .noBPFFileSystem(reason: SystemError("mount", root).reason))
        }
    }

    /// Pins everything. What was pinned for the device before is replaced.
    func pin(_ extra: [String: Descriptor]) throws(SystemError) {
        let folder = Self.folder(device.name)
        Self.unpin(device.name)
        try Files.makeFolder(folder)
        for (name, map) in maps { try Self.pin(map, "\(folder)/map_\(name)") }
        for (name, map) in extra { try Self.pin(map, "\(folder)/map_\(name)") }
        for attached in programs {
            try Self.pin(attached.program, "\(folder)/program_\(attached.name)")
            try Self.pin(attached.link, "\(folder)/link_\(attached.name)")
        }
    }

    private static func pin(_ object: Descriptor, _ path: String) throws(SystemError) {
        try check("BPF_OBJ_PIN", path) { bpf_obj_pin(object.number, path) }
    }

    /// Ends what is pinned for a device.
    static func unpin(_ name: String) {
        let folder = folder(name)
        for name in Files.names(in: folder) { unlink("\(folder)/\(name)") }
        rmdir(folder)
        rmdir("\(root)/remanso")
    }

    /// Whether anything is pinned for a device.
    static func isPinned(_ name: String) -> Bool { Files.exists(folder(name)) }

    /// The devices for which anything is pinned.
    static var pinnedNames: [String] { Files.names(in: "\(root)/remanso") }

    /// Finds what is pinned; `nil` when anything of it is missing or does not belong together.
    static func pinned(
        _ device: TrackedDevice, _ guarding: PathGuard, _ kind: PathGuard.Kind
    ) -> KernelObjects? {
        let folder = folder(device.name)
        do {
            var maps: [String: Descriptor] = [:]
            for name in mapNames { maps[name] = try open("\(folder)/map_\(name)") }
            let programs = try programNames(device, guarding, kind).map { name in
                Attached(
                    name: name, program: try open("\(folder)/program_\(name)"), link: try open("\(folder)/link_\(name)")
                )
            }
            guard try programs.allSatisfy({ try $0.isWhole() }) else { return nil }
            return KernelObjects(
                device: device, guarding: guarding, guardKind: kind, programs: programs, maps: maps)
        } catch {
            return nil
        }
    }

    static func open(_ path: String) throws(SystemError) -> Descriptor {
        Descriptor(owning: try check("BPF_OBJ_GET", path) { bpf_obj_get(path) }, path: path)
    }
}

/// The blocks that were taken and are not in a recovery point yet.
enum KeptBits {
    static func name(_ kind: BitMaps.Kind) -> String { "kept_\(kind.rawValue)" }

    /// Makes the maps for a device.
    static func make(_ device: TrackedDevice) throws(SystemError) -> [BitMaps.Kind: Descriptor] {
        var result: [BitMaps.Kind: Descriptor] = [:]
        for kind in BitMaps.Kind.allCases {
            var options = bpf_map_create_opts()
            options.sz = MemoryLayout<bpf_map_create_opts>.size
            options.map_flags = UInt32(BPF_F_MMAPABLE)
            let entries = UInt32(kind.words(size: device.size))
            let number = try check("BPF_MAP_CREATE", name(kind)) {
                bpf_map_create(BPF_MAP_TYPE_ARRAY, "kept", 4, 8, entries, &options)
            }
            result[kind] = Descriptor(owning: number, path: name(kind))
        }
        return result
    }

    /// Finds the pinned maps.
    static func pinned(_ device: TrackedDevice) throws(SystemError) -> [BitMaps.Kind: Descriptor] {
        let folder = KernelObjects.folder(device.name)
        var result: [BitMaps.Kind: Descriptor] = [:]
        for kind in BitMaps.Kind.allCases { result[kind] = try KernelObjects.open("\(folder)/map_\(name(kind))") }
        return result
    }
}
