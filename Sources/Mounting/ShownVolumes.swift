internal import Glibc
internal import Linux
public import Messages
public import Vault

/// The volumes of a recovery point, shown to nobody but the thread that has asked for it and to those whom it starts.
public final class ShownVolumes {
    /// One volume.
    public struct Volume: Sendable {
        /// Its mount point on the machine that was backed up.
        public let mountPoint: String
        /// The folder that shows its files, read-only.
        public let folder: String
        /// Its image, when it was stored as one.
        public let image: String?
        /// The type of the file system in the image.
        public let filesystem: String?
    }

    /// The volumes, in the order in which they were asked for.
    public private(set) var volumes: [Volume] = []
    private let place: MountPlace
    private let restic: ResticMount

    /// Shows volumes. Call it, and `end`, on a thread with a mount namespace of its own (`Threads.isolated`): what it
    /// mounts goes with that, whatever happens.
    /// - Parameter snapshots: restic's id of the snapshot that holds each volume.
    /// - Throws: `.cannotMount`, `.pathNotInRecoveryPoint`, and what keeps the vault from being read.
    public init(_ wanted: [String], snapshots: [String: String], from vault: Vault, stateFolder: String)
        throws(Failure)
    {
        Mounts.tidyUp(stateFolder)
        do throws(SystemError) {
            place = try MountPlace.make(in: stateFolder)
        } catch {
            throw Failure(.cannotMount(folder: stateFolder, reason: error.description))
        }
        do throws(Failure) {
            restic = try ResticMount(vault, at: place.vaultFolder)
        } catch {
            place.remove()
            throw error
        }
        do throws(Failure) {
            for volume in wanted { try show(volume, snapshots[volume] ?? "") }
        } catch {
            end()
            throw error
        }
    }

    private func show(_ volume: String, _ snapshot: String) throws(Failure) {
        guard let view = VolumeView(volume, in: restic.snapshot(snapshot)) else {
            throw Failure(.pathNotInRecoveryPoint(path: volume, id: snapshot))
        }
        let folder = "\(place.volumeFolder)-\(volumes.count)"
        do throws(SystemError) {
            try Files.makeFolder(folder)
            try view.show(at: folder)
        } catch {
            rmdir(folder)
            throw Failure(.cannotMount(folder: volume, reason: error.description))
        }
        volumes.append(Volume(mountPoint: volume, folder: folder, image: view.image, filesystem: view.filesystem))
    }

    /// Whether the vault can still be read through it.
    public var isServing: Bool {
        var one = pollfd(fd: restic.process.number, events: Int16(POLLIN), revents: 0)
        return poll(&one, 1, 0) == 0
    }

    /// A small file of a snapshot, whole; `nil` when it cannot be read.
    public func file(_ path: String, in snapshot: String) -> [UInt8]? {
        let file = try? Descriptor.open(restic.snapshot(snapshot) + path, O_RDONLY | O_NOFOLLOW)
        return try? file?.readAll(limit: 64 << 20)
    }

    /// Takes everything away.
    public func end() {
        for volume in volumes.reversed() {
            umount2(volume.folder, Int32(MNT_DETACH))
            rmdir(volume.folder)
        }
        restic.stop()
        place.remove()
    }
}

extension VolumeView {
    fileprivate var image: String? {
        if case .image(let path) = self { path } else { nil }
    }

    fileprivate var filesystem: String? {
        guard let image, let file = try? Descriptor.open(image, O_RDONLY | O_NOFOLLOW) else { return nil }
        return ImageFileSystem(file)?.type
    }
}
