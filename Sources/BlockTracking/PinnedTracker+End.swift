public import Linux
public import Messages

/// The end of a volume's tracking: when it is wanted, and when its device is gone.
extension PinnedTracker {
    /// Ends the tracking of a mounted volume.
    /// - Returns: whether there was any.
    /// - Throws: `.trackingBusy`, `.trackingFailed`, `.trackingImpossible`.
    public static func end(_ mount: Mount, in folder: TrackingFolder) throws(Failure) -> Bool {
        try end(try current(mount).name, volume: mount.mountPoint, in: folder)
    }

    /// Ends the tracking of a volume that is not mounted now.
    /// - Parameter volume: where it was mounted when tracking began, or the node of its device.
    /// - Returns: whether there was any.
    /// - Throws: `.trackingBusy`, `.trackingFailed`.
    public static func end(unmounted volume: String, in folder: TrackingFolder) throws(Failure) -> Bool {
        let device = BlockDevices.number(ofNode: volume).flatMap { TrackedDevice.current($0) }
        let names = folder.names.filter { folder.state($0)?.mountPoint == volume } + (device.map { [$0.name] } ?? [])
        var wasTracked = false
        for name in names where try end(name, volume: volume, in: folder) { wasTracked = true }
        return wasTracked
    }

    private static func end(_ name: String, volume: String, in folder: TrackingFolder) throws(Failure) -> Bool {
        let lock = try lock(name, volume: volume, folder)
        defer { withExtendedLifetime(lock) {} }
        return remove(name, folder)
    }

    /// - Returns: whether there was anything.
    private static func remove(_ name: String, _ folder: TrackingFolder) -> Bool {
        let wasTracked = folder.hasState(name) || KernelObjects.isPinned(name)
        folder.remove(name)
        KernelObjects.unpin(name)
        return wasTracked
    }

    /// Ends the tracking of devices that are gone: nobody can name them any more, and their programs would run at each
    /// write to any disk until the machine is started again.
    public static func endOrphans(in folder: TrackingFolder) {
        for name in Set(folder.names + KernelObjects.pinnedNames) where isGone(name, folder) {
            guard let lock = try? folder.lock(name) else { continue }
            _ = remove(name, folder)
            withExtendedLifetime(lock) {}
        }
    }

    private static func isGone(_ name: String, _ folder: TrackingFolder) -> Bool {
        if let state = folder.state(name) { return TrackedDevice.current(state.device.number) == nil }
        // A name such as `cciss!c0d0` is kept with another letter.
        let names = [name, name.replacing("-", with: "!")]
        return names.allSatisfy { !Files.exists("/sys/class/block/\($0)") }
    }
}
