internal import Glibc
internal import Linux
public import Messages
public import Vault

/// What is to be shown and where.
public struct MountRequest: Sendable {
    /// The vault.
    public var vault: Vault
    /// restic's id of the snapshot, or the start of it.
    public var snapshot: String
    /// The volume by its mount point.
    public var volume: String
    /// Where it is shown: an existing folder.
    public var directory: String
    /// The folder below which everything private is kept, such as `/run/remanso`.
    public var stateFolder: String

    /// A request by its parts.
    public init(vault: Vault, snapshot: String, volume: String, directory: String, stateFolder: String) {
        self.vault = vault
        self.snapshot = snapshot
        self.volume = volume
        self.directory = directory
        self.stateFolder = stateFolder
    }
}

/// The process that stays while a volume is mounted, keeps restic, and takes everything away when the volume is
/// unmounted, by whomever, when restic ends, or when it is told to stop.
public struct MountKeeper: Sendable {
    private let place: MountPlace
    private let directory: String
    private let restic: ResticMount
    private let mountID: UInt64

    /// Mounts. Use the main thread: restic ends with the thread that calls this.
    /// - Throws: `.cannotMount`, also where something of ours is mounted already; what keeps the vault from being read;
    ///   `.pathNotInRecoveryPoint` when the snapshot has no such volume. Nothing is left behind then.
    public init(_ request: MountRequest) throws(Failure) {
        let directory = try Mounts.usable(request.directory, stateFolder: request.stateFolder)
        do throws(SystemError) {
            place = try MountPlace.make(in: request.stateFolder)
            try place.write(try MountRecord(directory))
        } catch {
            throw Failure(.cannotMount(folder: directory, reason: error.description))
        }
        self.directory = directory
        do throws(Failure) {
            restic = try ResticMount(request.vault, at: place.vaultFolder)
        } catch {
            place.remove()
            throw error
        }
        do throws(Failure) {
            mountID = try Self.show(request, directory, restic, place)
        } catch {
            MountPoint.detach(directory, nil, shownFrom: place.vaultFolder)
            restic.stop()
            place.remove()
            throw error
        }
    }

    private static func show(_ request: MountRequest, _ directory: String, _ restic: ResticMount, _ place: MountPlace)
        throws(Failure) -> UInt64
    {
        guard let view = VolumeView(request.volume, in: restic.snapshot(request.snapshot)) else {
            throw Failure(.pathNotInRecoveryPoint(path: request.volume, id: request.snapshot))
        }
        do throws(SystemError) {
            var record = try MountRecord(directory)
            record.restic = MountRecord.ProcessName(restic.pid)
            try place.write(record)
            try view.show(at: directory)
            guard let id = MountPoint.mountID(directory) else { throw SystemError("mount", directory, code: ENOENT) }
            record.mountID = id
            try place.write(record)
            return id
        } catch {
            throw Failure(.cannotMount(folder: request.directory, reason: error.description))
        }
    }

    /// Returns when the mount has come to its end, and everything is taken away.
    public func keep() {
        let table = try? Descriptor.open("/proc/self/mountinfo", O_RDONLY)
        while MountPoint.holds(directory, mountID), Interruption.signal == nil {
            var polls = [
                pollfd(fd: restic.process.number, events: Int16(POLLIN), revents: 0),
                pollfd(fd: Interruption.descriptor, events: Int16(POLLIN), revents: 0),
                // Any change of the mounts (proc(5)).
                pollfd(fd: table?.number ?? -1, events: Int16(POLLPRI), revents: 0),
            ]
            poll(&polls, 3, table == nil ? 1000 : 60_000)
            if polls[0].revents != 0 { break }
        }
        end()
    }

    /// Takes everything away.
    public func end() {
        MountPoint.detach(directory, mountID, shownFrom: place.vaultFolder)
        restic.stop()
        place.remove()
    }
}
