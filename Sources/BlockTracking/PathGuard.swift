internal import CBlockTracking
internal import CBpf
internal import Glibc
internal import Linux
internal import Messages

/// What lies under a volume and can be written past its device: the file of a loop device, the disks of LVM or dm-crypt.
struct PathGuard: Sendable, Equatable, Codable {
    /// How it is watched.
    enum Kind: String, Sendable, Codable {
        /// There is nothing under the volume: every way to its blocks leads through the disk that is tracked.
        case notNeeded
        /// Every opening for writing is seen.
        case openings
        /// Every write to the file is seen.
        case writes
        /// The kernel offers neither.
        case none

        fileprivate var programs: [String] {
            switch self {
            case .notNeeded, .none: []
            case .openings: ["on_open", "on_attributes"]
            case .writes: ["on_iomap", "on_ext4_write", "on_ext4_delayed_write", "on_dirty"]
            }
        }
        fileprivate var tracepoints: [String] {
            self == .writes
                ? ["iomap_iter", "ext4_write_begin", "ext4_da_write_begin", "writeback_mark_inode_dirty"] : []
        }
    }

    /// The file under a loop device.
    struct File: Sendable, Equatable, Codable {
        var path: String
        var inode: UInt64
        var filesystem: DeviceNumber
        var offset: String
        /// Whether the file system is one of those whose writes are seen.
        var isExt4OrXFS: Bool
    }

    /// The file; `nil` when the disk is no loop device or its file cannot be found.
    var file: File?
    /// The disks and partitions under the volume's disk.
    var devices: [DeviceNumber]
    /// The tables of device mapper on the way down, as hashes. Another table puts other blocks under the volume without a
    /// write: a snapshot that is merged back, a volume that is moved.
    var mappings: [UInt64]
    /// Whether there is something under the volume that cannot be watched.
    var isBlind: Bool

    /// What there is under a device now.
    static func below(_ device: TrackedDevice) -> PathGuard {
        var result = PathGuard(file: nil, devices: [], mappings: [], isBlind: false)
        result.add(folder: device.diskFolder, isTop: true)
        return result
    }

    private mutating func add(folder: String, isTop: Bool) {
        if Files.exists(folder + "/loop/backing_file") {
            // A file below another disk is not looked for.
            let number = BlockDevices.number(ofFolder: folder)
            file = isTop ? number.flatMap { File(loop: $0, folder: folder) } : nil
            if file == nil { isBlind = true }
        }
        if Files.exists(folder + "/dm") { addMapping(folder) }
        for slave in Files.names(in: folder + "/slaves") {
            guard let below = Files.resolved("\(folder)/slaves/\(slave)") else {
                isBlind = true
                continue
            }
            let isPartition = Files.exists(below + "/partition")
            let disk = isPartition ? Files.parent(of: below) : below
            for one in Set([below, disk]) {
                if let number = BlockDevices.number(ofFolder: one) { devices.append(number) }
            }
            add(folder: disk, isTop: false)
        }
    }

    private mutating func addMapping(_ folder: String) {
        var hash: UInt64 = 0
        guard let number = BlockDevices.number(ofFolder: folder),
            remanso_mapping(number.major, number.minor, &hash) == 0
        else {
            isBlind = true
            return
        }
        mappings.append(hash)
    }

    /// The names of the programs that a kind of guard needs here.
    func programs(_ kind: Kind) -> [String] {
        kind.programs + (kind == .openings && !mappings.isEmpty ? ["on_table_load"] : [])
    }

    /// The kinds of guard that can serve, best first.
    var kinds: [Kind] {
        if isBlind { return [.none] }
        guard file != nil || !devices.isEmpty else { return [.notNeeded] }
        let seesWrites = devices.isEmpty && file?.isExt4OrXFS ?? false && Self.exist(Kind.writes.tracepoints)
        return [.openings] + (seesWrites ? [.writes] : []) + [.none]
    }

    private static func exist(_ tracepoints: [String]) -> Bool {
        tracepoints.allSatisfy { libbpf_find_vmlinux_btf_id($0, BPF_TRACE_RAW_TP) > 0 }
    }

    /// Tells the programs what to watch; before they are attached.
    func arm(_ maps: [String: Descriptor]) throws(SystemError) {
        guard let guardMap = maps["guard"], let watched = maps["watched"] else {
            throw SystemError("bpf", "guard", code: ENOENT)
        }
        if let file {
            var key: UInt32 = 0
            var value = remanso_guard(
                inode: file.inode, filesystem: file.filesystem.kernelNumber, writers: 0, looks: 0)
            try check("BPF_MAP_UPDATE_ELEM", "guard") { bpf_map_update_elem(guardMap.number, &key, &value, 0) }
        }
        for device in devices {
            var key = device.kernelNumber
            var value: UInt32 = 1
            try check("BPF_MAP_UPDATE_ELEM", "watched") { bpf_map_update_elem(watched.number, &key, &value, 0) }
        }
    }

    /// Why something may have been written past the device; what the programs counted is looked at elsewhere.
    func doubt(_ kind: Kind, _ objects: KernelObjects) -> TrackingDoubt? {
        if kind == .none { return .unguarded }
        let now = PathGuard.below(objects.device)
        if now.mappings != mappings { return .remapped }
        if now != self { return .otherPath }
        guard kind == .openings, let file else { return nil }
        // Opening it for reading makes the program count who has it open for writing: the loop device alone.
        guard let before = try? Self.look(objects), (try? Descriptor.open(file.path, O_RDONLY)) != nil,
            let after = try? Self.look(objects), after.looks > before.looks
        else { return .unguarded }
        return after.writers == 1 ? nil : .otherPath
    }

    private static func look(_ objects: KernelObjects) throws(SystemError) -> remanso_guard {
        var key: UInt32 = 0
        var value = remanso_guard()
        let map = try objects.map("guard")
        try check("BPF_MAP_LOOKUP_ELEM", "guard") { bpf_map_lookup_elem(map.number, &key, &value) }
        return value
    }
}

extension PathGuard.File {
    fileprivate init?(loop: DeviceNumber, folder: String) {
        var identity = remanso_file_identity()
        guard let image = LoopImage.under(loop), let file = try? image.open(),
            remanso_file_identity(file.number, &identity) == 0
        else { return nil }
        path = image.path
        inode = identity.inode
        filesystem = DeviceNumber(major: identity.major, minor: identity.minor)
        offset = ["offset", "sizelimit"].map { Files.line("\(folder)/loop/\($0)") ?? "" }.joined(separator: " ")
        isExt4OrXFS = [Int64(REMANSO_EXT4_MAGIC), Int64(REMANSO_XFS_MAGIC)].contains(identity.magic)
    }
}
