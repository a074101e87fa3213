import Glibc
import ImageVault
import Linux
import Messages
import NativeVault
import Vault

// The image vault as a program of its own, for tests that kill it and for measurements:
//   image-vault-tool write REPOSITORY PASSWORD-FILE IMAGE PATH [PARENT [OFFSET+LENGTH | @FILE | none …]]
//   image-vault-tool restore REPOSITORY PASSWORD-FILE SNAPSHOT PATH TARGET [changed-only]
//   image-vault-tool verify REPOSITORY PASSWORD-FILE SNAPSHOT PATH
//   image-vault-tool lock REPOSITORY PASSWORD-FILE: holds a lock until it is asked to stop
// The last line that the first three print is "peak" and the most memory that this process had resident, in KiB: from its
// own start on, unlike what wait4 says of it, which counts what its parent had before.

struct WrongUsage: Error {}

func snapshotID(_ text: String, _ repository: Repository) throws -> StorageID {
    guard let id = try repository.snapshotID(startingWith: text) else { throw WrongUsage() }
    return id
}

func extent(_ text: String) throws -> Extent {
    let parts = text.split(separator: "+").compactMap { UInt64($0) }
    guard parts.count == 2 else { throw WrongUsage() }
    return Extent(offset: parts[0], length: parts[1])
}

/// What an argument stands for; "none" for an image that has not changed at all.
func extents(_ argument: String) throws -> [Extent] {
    if argument == "none" { return [] }
    guard argument.hasPrefix("@") else { return [try extent(argument)] }
    return try (Files.text(String(argument.dropFirst())) ?? "").split(separator: "\n").map { try extent(String($0)) }
}

func write(_ repository: Repository, _ arguments: [String]) throws {
    guard arguments.count >= 2 else { throw WrongUsage() }
    let lock = try RepositoryLock(repository)
    defer { lock.release() }
    let writer = try VaultWriter(repository, lock: lock)
    let source = try FileImageSource(try Descriptor.open(arguments[0], O_RDONLY))
    let path = arguments[1]
    let parent = arguments.count > 2 ? try snapshotID(arguments[2], repository) : nil
    let changed = arguments.count > 3 ? try arguments[3...].flatMap(extents) : nil
    let bytes = try writer.addImage(source, at: path, parent: parent, changed: changed)
    let id = try writer.finish(time: .now, host: "tool", tags: ["remanso-image"], parent: parent)
    print("\(id) \(bytes.read) \(bytes.new) \(bytes.stored)")
}

func restore(_ repository: Repository, _ arguments: [String]) throws {
    guard arguments.count >= 3 else { throw WrongUsage() }
    let lock = try RepositoryLock(repository)
    defer { lock.release() }
    let reader = ImageReader(repository)
    let file = try reader.file(try snapshotID(arguments[0], repository), arguments[1])
    let onlyChanged = arguments.count > 3
    let target =
        Files.exists(arguments[2])
        ? try FileImageTarget.overwrite(arguments[2], size: file.size)
        : try FileImageTarget.create(arguments[2], size: file.size)
    print(try reader.restore(file, to: target, onlyChanged: onlyChanged))
}

func verify(_ repository: Repository, _ arguments: [String]) throws {
    guard arguments.count == 2 else { throw WrongUsage() }
    let reader = ImageReader(repository)
    try reader.verify(try reader.file(try snapshotID(arguments[0], repository), arguments[1]))
}

func holdLock(_ repository: Repository) throws {
    let lock = try RepositoryLock(repository)
    defer { lock.release() }
    var stop = pollfd(fd: Interruption.descriptor, events: Int16(POLLIN), revents: 0)
    while Interruption.signal == nil { poll(&stop, 1, -1) }
    print("stopped by \(Interruption.signal ?? 0)")
}

func printPeak() {
    let lines = (Files.text("/proc/self/status") ?? "").split(separator: "\n")
    guard let line = lines.first(where: { $0.hasPrefix("VmHWM:") }) else { return }
    print("peak", line.split(whereSeparator: \.isWhitespace)[1])
}

func run(_ arguments: [String]) throws {
    guard arguments.count > 2 else { throw WrongUsage() }
    let repository = try NativeRepository.open(
        VaultLocation(repository: arguments[1], passwordFile: arguments[2]), patience: 30)
    let rest = Array(arguments[3...])
    switch arguments[0] {
    case "write": try write(repository, rest)
    case "restore": try restore(repository, rest)
    case "verify": try verify(repository, rest)
    case "lock": try holdLock(repository)
    default: throw WrongUsage()
    }
    if arguments[0] != "lock" { printPeak() }
}

do {
    Interruption.install()
    try run(Array(CommandLine.arguments.dropFirst()))
} catch {
    print("failed: \(error)")
    exit(1)
}
