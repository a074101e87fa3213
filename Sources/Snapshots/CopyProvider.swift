internal import Linux
internal import Messages

/// No snapshot at all: the files are copied to the vault while the application is quiet.
struct CopyProvider: SnapshotProvider {
    let name = "copy"
    let freezeRule = FreezeRule.syncPoint

    func assess(_ mount: Mount, in table: MountTable, frozen: [Mount]) -> Suitability { .suitable(.lastResort) }
    func warnings(for mount: Mount) -> [Problem] { [.copyTakesLong(volume: mount.mountPoint)] }
    func prepare(_ source: SnapshotSource) throws(Failure) -> any PreparedSnapshot { LiveFiles() }
    func remove(leftover: String) throws(Failure) {}
}

private final class LiveFiles: PreparedSnapshot {
    let leftover: String? = nil
    func take() throws(Failure) {}
    func open(wasFrozen: Bool) throws(Failure) -> MountView.Layer? { nil }
    func release() throws(Failure) {}
}
