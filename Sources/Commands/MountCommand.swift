internal import Glibc
internal import Linux
internal import Messages
internal import Mounting
internal import Runs
internal import Vault

/// `remanso mount`: the files of one volume of a recovery point in a folder, until `remanso unmount`.
///
/// Something has to stay while the volume is mounted. The command starts itself once more for that, and returns as soon
/// as the other one has mounted; killed before, it leaves nothing, because the other one then takes everything away.
enum MountCommand {
    static let spec = CommandSpec(
        name: .mount, options: [], hiddenOptions: [.keep], argument: .id, argumentIsRequired: true,
        secondArgument: .folder, run: run)

    private struct Document: Encodable {
        var ok = true
        var recoveryPoint: String
        var volume: String
        var directory: String
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        guard geteuid() == 0 else { throw Failure(.notRoot) }
        guard let directory = invocation.secondArgument else {
            throw invocation.usage(.missingArgument(OptionName.folder.rawValue))
        }
        let state = try StateFolder(RunOptions.defaultStateFolder)
        let vault = try Settings(invocation).vault()
        _ = try Mounts.usable(directory, stateFolder: state.path)
        let point = try vault.recoveryPoint(invocation.argument ?? "latest")
        let (volume, snapshot) = try choose(point, invocation)
        if invocation.has(.keep) {
            let request = MountRequest(
                vault: vault, snapshot: snapshot, volume: volume, directory: directory, stateFolder: state.path)
            return try keep(request)
        }
        let status = try KeeperProcess(invocation, recoveryPoint: point.id, volume: volume).start()
        guard status == .success else { return status }
        if invocation.has(.json) {
            let document = Document(recoveryPoint: point.id, volume: volume, directory: directory)
            Terminal.print(json: JSONText.encode(document))
        } else {
            let phrase = Phrase.mounted(recoveryPoint: point.id, volume: volume, folder: directory)
            Terminal.print(phrase.text(in: invocation.language))
        }
        return .success
    }

    /// The one volume that is meant, and the snapshot that holds it.
    private static func choose(_ point: RecoveryPoint, _ invocation: Invocation) throws(Failure) -> (String, String) {
        let named = invocation.values(.volume)
        if named.count > 1 || named.isEmpty && point.volumes.count > 1 {
            throw invocation.usage(.chooseVolume(point.volumes))
        }
        let wanted = named.first.map { "/" + $0.split(separator: "/").joined(separator: "/") }
        guard let volume = wanted ?? point.volumes.first,
            let data = point.data(holding: volume)
        else {
            throw Failure(.volumeNotInRecoveryPoint(volume: wanted ?? "", id: point.id, known: point.volumes))
        }
        return (volume, data.id)
    }

    /// Mounts and stays.
    private static func keep(_ request: MountRequest) throws(Failure) -> ExitStatus {
        let keeper = try MountKeeper(request)
        guard KeeperProcess.tellReady() else {
            keeper.end()
            return .failure
        }
        keeper.keep()
        return .success
    }
}

/// `remanso unmount`: ends what `mount` has begun.
enum UnmountCommand {
    static let spec = CommandSpec(name: .unmount, argument: .folder, argumentIsRequired: true, run: run)

    private struct Document: Encodable {
        var ok = true
        var directory: String
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        guard geteuid() == 0 else { throw Failure(.notRoot) }
        let directory = invocation.argument ?? ""
        try Mounts.unmount(directory, stateFolder: try StateFolder(RunOptions.defaultStateFolder).path)
        if invocation.has(.json) {
            Terminal.print(json: JSONText.encode(Document(directory: directory)))
        } else {
            Terminal.print(Phrase.unmounted(folder: directory).text(in: invocation.language))
        }
        return .success
    }
}
