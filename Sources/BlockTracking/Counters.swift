internal import CBlockTracking
internal import CBpf
internal import Glibc
internal import Linux
internal import Messages

/// What the program in the kernel counted.
struct Counters: Sendable, Equatable, Codable {
    private var values: [UInt64]

    /// Sums up over all processors. Each count is at least what it was when the call began.
    static func current(_ map: Descriptor) throws(SystemError) -> Counters {
        let processors = Int(libbpf_num_possible_cpus())
        guard processors > 0 else { throw SystemError("libbpf_num_possible_cpus", "", code: ENODEV) }
        var values: [UInt64] = []
        var perProcessor = [UInt64](repeating: 0, count: processors)
        for index in 0..<REMANSO_COUNTERS.rawValue {
            var key = index
            try check("BPF_MAP_LOOKUP_ELEM", map.path) { bpf_map_lookup_elem(map.number, &key, &perProcessor) }
            values.append(perProcessor.reduce(0, &+))
        }
        return Counters(values: values)
    }

    subscript(_ counter: remanso_counter) -> UInt64 { values[Int(counter.rawValue)] }

    /// Sectors that were queued through the volume's own device and not refused.
    var own: DiskStatistics {
        DiskStatistics(
            written: self[REMANSO_OWN_WRITTEN] &- self[REMANSO_REFUSED_WRITTEN],
            discarded: self[REMANSO_OWN_DISCARDED] &- self[REMANSO_REFUSED_DISCARDED])
    }
    /// Sectors that were queued on the whole disk.
    var disk: DiskStatistics {
        DiskStatistics(
            written: self[REMANSO_OWN_WRITTEN] &+ self[REMANSO_OTHER_WRITTEN],
            discarded: self[REMANSO_OWN_DISCARDED] &+ self[REMANSO_OTHER_DISCARDED])
    }

    /// What makes the map unfit to vouch and was not so at `base`.
    func taint(since base: Counters) -> TrackingDoubt? {
        let doubts: [(remanso_counter, TrackingDoubt)] = [
            (REMANSO_UNKNOWN_OPERATION, .unknownOperation), (REMANSO_ZONE_APPEND, .zoneAppend),
            (REMANSO_PASSTHROUGH, .passthrough), (REMANSO_TABLE_FULL, .tableFull),
            (REMANSO_OUT_OF_RANGE, .outOfRange), (REMANSO_OTHER_WRITER, .otherPath),
            (REMANSO_TABLE_LOADED, .remapped),
        ]
        return doubts.first { self[$0.0] != base[$0.0] }?.1
    }
}
