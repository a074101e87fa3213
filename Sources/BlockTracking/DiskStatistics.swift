internal import Linux

/// What the kernel counted on a disk or partition (Documentation/block/stat.rst).
struct DiskStatistics: Sendable, Equatable, Codable {
    /// Sectors written.
    var written: UInt64
    /// Sectors discarded.
    var discarded: UInt64

    /// Now; `nil` when the device is gone.
    static func current(_ device: DeviceNumber) -> DiskStatistics? {
        guard let line = Files.line("/sys/dev/block/\(device)/stat") else { return nil }
        let fields = line.split(separator: " ").compactMap { UInt64($0) }
        guard fields.count > 13 else { return nil }
        return DiskStatistics(written: fields[6], discarded: fields[13])
    }

    /// Whether no request is under way on a device just now.
    static func isIdle(_ device: DeviceNumber) -> Bool {
        let fields = Files.line("/sys/dev/block/\(device)/inflight")?.split(separator: " ") ?? []
        return fields.count == 2 && fields[1] == "0"
    }

    /// Whether the kernel counts on this disk. Drivers without requests count by themselves, and on older kernels whatever
    /// the switch says; if one does not, the counts differ and nothing is vouched for.
    static func areOn(_ device: TrackedDevice) -> Bool {
        device.isBioBased || Files.line("\(device.diskFolder)/queue/iostats").map { $0 != "0" } ?? false
    }
}
