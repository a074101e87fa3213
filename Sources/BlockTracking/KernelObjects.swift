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
    let guarding: PathGuard
    let guardKind: PathGuard.Kind
    let programs: [Attached]
    let maps: [String: Descriptor]

    /// The names of the maps that every tracker has.
    static let mapNames =
        BitMaps.Kind.allCases.map(\.rawValue)
        + ["config", "counters", "in_flight", "in_flight_reach", "guard", "watched"]
    /// The names of the programs that a tracker of this device has.
    static func programNames(
        _ device: TrackedDevice, _ guarding: PathGuard, _ kind: PathGuard.Kind
    ) -> [String] {
        // Completions before queueing: a write that is entered in the table is sure to leave it.
        ["on_bio_complete"] + (device.isBioBased ? [] : ["on_request_complete"])
            + guarding.programs(kind) + ["on_queue"]
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

    /// Why something may have been written past the device.
    var guardDoubt: TrackingDoubt? { guarding.doubt(guardKind, self) }

    /// How often the kernel did not call a program although there was an event.
    func missedEvents() throws(SystemError) -> UInt64 {
        var sum: UInt64 = 0
        for attached in programs { sum += try attached.information().recursion_misses }
        return sum
    }
}

extension KernelObjects.Attached {
    func information() throws(SystemError) -> bpf_prog_info {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        try check("BPF_OBJ_GET_INFO_BY_FD", name) { bpf_obj_get_info_by_fd(program.number, &info, &length) }
        return info
    }

    /// Whether the link holds just this program.
    func isWhole() throws(SystemError) -> Bool {
        var info = bpf_link_info()
        var length = UInt32(MemoryLayout<bpf_link_info>.size)
        try check("BPF_OBJ_GET_INFO_BY_FD", name) { bpf_obj_get_info_by_fd(link.number, &info, &length) }
        return info.prog_id == (try information().id)
    }
}

/// Why the programs could not be loaded.
struct LoadError: Error, Sendable {
    let obstacle: TrackingObstacle
}
