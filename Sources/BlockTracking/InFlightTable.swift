internal import CBlockTracking
internal import CBpf
internal import Glibc
internal import Linux

/// Writes that were queued and have not completed.
struct InFlightTable: Sendable {
    /// One of them.
    struct Write: Hashable, Sendable {
        /// The address of its bio.
        let key: UInt64
        /// When it was queued.
        let queued: UInt64
        /// In bytes on the whole disk.
        let offset: UInt64, length: UInt64
        let isDiscard: Bool
        /// It went through the volume's own device.
        let isOwn: Bool
    }

    let map: Descriptor

    /// All of them. What is in the table during the whole call is in the answer.
    func writes() throws(SystemError) -> [Write] {
        var result: [Write] = []
        let capacity = 4096
        var keys = [UInt64](repeating: 0, count: capacity)
        var values = [remanso_in_flight](repeating: remanso_in_flight(), count: capacity)
        var position: UInt32?
        while true {
            var count = UInt32(capacity)
            var next: UInt32 = 0
            let status = batch(from: position, &next, &keys, &values, &count)
            let code = errno
            if status != 0 && code != ENOENT { throw SystemError("BPF_MAP_LOOKUP_BATCH", map.path, code: code) }
            for index in 0..<Int(count) { result.append(Write(keys[index], values[index])) }
            if status != 0 { return result }
            position = next
        }
    }

    private func batch(
        from position: UInt32?, _ next: inout UInt32, _ keys: inout [UInt64], _ values: inout [remanso_in_flight],
        _ count: inout UInt32
    ) -> Int32 {
        guard var position else {
            return bpf_map_lookup_batch(map.number, nil, &next, &keys, &values, &count, nil)
        }
        return bpf_map_lookup_batch(map.number, &position, &next, &keys, &values, &count, nil)
    }

    /// Forgets all of them. Right only when nothing is in flight.
    func forget() throws(SystemError) {
        for write in try writes() {
            var key = write.key
            if bpf_map_delete_elem(map.number, &key) != 0 && errno != ENOENT {
                throw SystemError("BPF_MAP_DELETE_ELEM", map.path)
            }
        }
    }
}

extension InFlightTable.Write {
    fileprivate init(_ key: UInt64, _ value: remanso_in_flight) {
        self.key = key
        queued = value.queued_ns
        offset = value.sector * 512
        length = UInt64(value.bytes)
        isDiscard = value.is_discard != 0
        isOwn = value.is_own != 0
    }

    /// The part that lies within the device, from the device's start.
    func extent(on device: TrackedDevice) -> Extent {
        let start = device.start * 512
        let first = max(offset, start), end = min(offset + length, start + device.size)
        return first < end ? Extent(offset: first - start, length: end - first) : Extent(offset: 0, length: 0)
    }
}
