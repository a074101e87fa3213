internal import CBlockTracking
internal import Linux

/// Writes that were queued and have not completed.
final class InFlightTable: @unchecked Sendable {
    /// One of them.
    struct Write: Hashable, Sendable {
        /// The address of its bio.
        let bio: UInt64
        /// Where in the table it is, and how many writes were entered there.
        let place: Int, serial: UInt64
        /// In bytes on the whole disk.
        let offset: UInt64, length: UInt64
        let isDiscard: Bool
        /// It went through the volume's own device.
        let isOwn: Bool
    }

    private static let places = 1 << Int(REMANSO_IN_FLIGHT_SHIFT)
    private let table: UnsafeMutablePointer<remanso_in_flight>
    private let memory: MappedMemory

    /// Maps the table.
    init(_ map: Descriptor) throws(SystemError) {
        memory = try MappedMemory(map, bytes: Self.places * MemoryLayout<remanso_in_flight>.stride)
        table = memory.start.bindMemory(to: remanso_in_flight.self, capacity: Self.places)
    }

    /// All of them. What is in the table during the whole call is in the answer.
    func writes() -> [Write] {
        var result: [Write] = []
        var value = remanso_in_flight()
        var place = remanso_write_in_flight(table, 0, &value)
        while place < Self.places {
            result.append(Write(place, value))
            place = remanso_write_in_flight(table, place + 1, &value)
        }
        return result
    }

    /// Forgets all of them. Right only when nothing is in flight.
    func forget() { remanso_forget_writes(table) }
}

extension InFlightTable.Write {
    fileprivate init(_ place: Int, _ value: remanso_in_flight) {
        bio = value.bio
        self.place = place
        serial = value.serial
        offset = value.sector &* 512
        length = UInt64(value.bytes)
        isDiscard = value.is_discard != 0
        isOwn = value.is_own != 0
    }

    /// The part that lies within the device, from the device's start.
    func extent(on device: TrackedDevice) -> Extent {
        let start = device.start * 512
        let first = max(offset, start), end = min(offset &+ length, start + device.size)
        return first < end ? Extent(offset: first - start, length: end - first) : Extent(offset: 0, length: 0)
    }
}
