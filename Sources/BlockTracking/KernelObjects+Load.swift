internal import CBlockTracking
internal import CBpf
internal import Glibc
internal import Linux
internal import Messages

extension KernelObjects {
    /// Loads the programs for a device and attaches them; they go with the descriptors unless they are pinned.
    static func load(_ device: TrackedDevice) throws(LoadError) -> KernelObjects {
        guard Files.exists("/sys/kernel/btf/vmlinux") else { throw LoadError(obstacle: .noBTF) }
        let guarding = PathGuard.below(device)
        var failure = LoadError(obstacle: .noBTF)
        // A kernel may refuse the better kind of guard and allow the other one.
        for kind in guarding.kinds {
            do throws(LoadError) {
                return try load(device, guarding, kind)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private static func load(
        _ device: TrackedDevice, _ guarding: PathGuard, _ kind: PathGuard.Kind
    ) throws(LoadError) -> KernelObjects {
        remanso_bpf_quiet()
        let bytes = TrackerProgram.bytes
        let object = bytes.withUnsafeBytes { bpf_object__open_mem($0.baseAddress, $0.count, nil) }
        guard let object else { throw failed() }
        defer { bpf_object__close(object) }
        let names = programNames(device, guarding, kind)
        try prepare(object, device, names)
        if bpf_object__load(object) != 0 { throw failed() }
        do {
            let maps = try maps(of: object)
            try configure(maps, device)
            try guarding.arm(maps)
            return KernelObjects(
                device: device, guarding: guarding, guardKind: kind,
                programs: try names.map { try attach(object, $0) }, maps: maps)
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
        if code == EPERM { return LoadError(obstacle: .refused(reason: reason)) }
        return LoadError(obstacle: .notLoadable(reason: words.isEmpty ? reason : words))
    }

    private static func prepare(
        _ object: OpaquePointer, _ device: TrackedDevice, _ names: [String]
    ) throws(LoadError) {
        for kind in BitMaps.Kind.allCases {
            guard let map = bpf_object__find_map_by_name(object, kind.rawValue) else { throw failed() }
            if bpf_map__set_max_entries(map, UInt32(kind.words(size: device.size))) != 0 { throw failed() }
        }
        var program = bpf_object__next_program(object, nil)
        while let current = program {
            bpf_program__set_autoload(current, names.contains(String(cString: bpf_program__name(current))))
            program = bpf_object__next_program(object, current)
        }
    }

    private static func maps(of object: OpaquePointer) throws(SystemError) -> [String: Descriptor] {
        var result: [String: Descriptor] = [:]
        for name in mapNames {
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

    private static func attach(_ object: OpaquePointer, _ name: String) throws -> Attached {
        guard let program = bpf_object__find_program_by_name(object, name) else { throw failed() }
        let number = bpf_program__fd(program)
        let link = bpf_raw_tracepoint_open(nil, number)
        if link < 0 { throw failed() }
        return Attached(
            name: name, program: try duplicate(number, name), link: Descriptor(owning: link, path: name))
    }
}
