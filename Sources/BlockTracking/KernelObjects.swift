internal import CBlockTracking
internal import CBpf
internal import Glibc
internal import Linux
internal import Messages

/// The programs and maps of one tracker: just loaded, or found where an earlier process pinned them.
struct KernelObjects: Sendable {
    /// A program that is attached; the link's end detaches it.
    struct Attached: Sendable {
        let name: String
        let program: Descriptor
        let link: Descriptor
    }

    let device: TrackedDevice
    let programs: [Attached]
    let maps: [String: Descriptor]

    /// The maps besides those of bits.
    static let otherMaps = ["config", "counters", "in_flight", "guard", "watched"]
    /// The programs that every tracker needs.
    static func neededPrograms(_ device: TrackedDevice) -> [String] {
        ["on_queue", "on_bio_complete"] + (device.isBioBased ? [] : ["on_request_complete"])
    }

    func map(_ name: String) throws(SystemError) -> Descriptor {
        guard let map = maps[name] else { throw SystemError("bpf", name, code: ENOENT) }
        return map
    }

    /// The maps of bits that the program writes.
    func liveMaps() throws(SystemError) -> BitMaps {
        var descriptors: [BitMaps.Kind: Descriptor] = [:]
        for kind in BitMaps.Kind.allCases { descriptors[kind] = try map(kind.rawValue) }
        return try BitMaps(size: device.size, descriptors)
    }

    /// How often the kernel did not call a program although there was an event.
    func missedEvents() throws(SystemError) -> UInt64 {
        var sum: UInt64 = 0
        for attached in programs {
            var info = bpf_prog_info()
            var length = UInt32(MemoryLayout<bpf_prog_info>.size)
            try check("BPF_OBJ_GET_INFO_BY_FD", attached.name) {
                bpf_obj_get_info_by_fd(attached.program.number, &info, &length)
            }
            sum += info.recursion_misses
        }
        return sum
    }
}

/// Why the programs could not be loaded.
struct LoadError: Error, Sendable {
    let obstacle: TrackingObstacle
}

extension KernelObjects {
    /// Loads the programs for a device and attaches them; they go with the descriptors unless they are pinned.
    static func load(_ device: TrackedDevice) throws(LoadError) -> KernelObjects {
        guard Files.exists("/sys/kernel/btf/vmlinux") else { throw LoadError(obstacle: .noBTF) }
        remanso_bpf_quiet()
        let bytes = TrackerProgram.bytes
        let object = bytes.withUnsafeBytes { bpf_object__open_mem($0.baseAddress, $0.count, nil) }
        guard let object else { throw failed() }
        defer { bpf_object__close(object) }
        try prepare(object, device)
        if bpf_object__load(object) != 0 { throw failed() }
        do {
            let maps = try maps(of: object)
            try configure(maps, device)
            return KernelObjects(device: device, programs: try attach(object, device), maps: maps)
        } catch let error as LoadError {
            throw error
        } catch let error as SystemError {
            throw LoadError(obstacle: .notLoadable(reason: error.description))
        } catch {
            throw LoadError(obstacle: .notLoadable(reason: String(describing: error)))
        }
    }

    private static func failed() -> LoadError {
        let code = errno
        let words = String(cString: remanso_bpf_last_words())
        let reason = SystemError("bpf", "", code: code).reason
        if code == EPERM || code == EACCES && words.isEmpty { return LoadError(obstacle: .refused(reason: reason)) }
        return LoadError(obstacle: .notLoadable(reason: words.isEmpty ? reason : words))
    }

    private static func prepare(_ object: OpaquePointer, _ device: TrackedDevice) throws(LoadError) {
        for kind in BitMaps.Kind.allCases {
            guard let map = bpf_object__find_map_by_name(object, kind.rawValue) else { throw failed() }
            if bpf_map__set_max_entries(map, UInt32(kind.words(size: device.size))) != 0 { throw failed() }
        }
        let needed = neededPrograms(device)
        var program = bpf_object__next_program(object, nil)
        while let current = program {
            bpf_program__set_autoload(current, needed.contains(String(cString: bpf_program__name(current))))
            program = bpf_object__next_program(object, current)
        }
    }

    private static func maps(of object: OpaquePointer) throws(SystemError) -> [String: Descriptor] {
        var result: [String: Descriptor] = [:]
        for name in BitMaps.Kind.allCases.map(\.rawValue) + otherMaps {
            guard let map = bpf_object__find_map_by_name(object, name) else {
                throw SystemError("bpf", name, code: ENOENT)
            }
            result[name] = try duplicate(bpf_map__fd(map), name)
        }
        return result
    }

    /// libbpf closes its descriptors with the object.
    private static func duplicate(_ number: Int32, _ name: String) throws(SystemError) -> Descriptor {
        Descriptor(owning: try check("fcntl", name) { fcntl(number, F_DUPFD_CLOEXEC, 3) }, path: name)
    }

    private static func configure(_ maps: [String: Descriptor], _ device: TrackedDevice) throws(SystemError) {
        var config = remanso_track_config(
            disk: device.disk.kernelNumber, device: device.number.kernelNumber, start: device.start,
            end: device.start + device.sectors, is_bio_based: device.isBioBased ? 1 : 0,
            is_nvme: device.diskName.hasPrefix("nvme") ? 1 : 0)
        var key: UInt32 = 0
        guard let map = maps["config"] else { throw SystemError("bpf", "config", code: ENOENT) }
        try check("BPF_MAP_UPDATE_ELEM", "config") { bpf_map_update_elem(map.number, &key, &config, 0) }
    }

    private static func attach(_ object: OpaquePointer, _ device: TrackedDevice) throws -> [Attached] {
        // Completions first: a write that is entered in the table is sure to leave it.
        try neededPrograms(device).reversed().map { name in
            guard let program = bpf_object__find_program_by_name(object, name) else { throw failed() }
            let number = bpf_program__fd(program)
            let link = bpf_raw_tracepoint_open(nil, number)
            if link < 0 { throw failed() }
            return Attached(
                name: name, program: try duplicate(number, name), link: Descriptor(owning: link, path: name))
        }
    }
}
