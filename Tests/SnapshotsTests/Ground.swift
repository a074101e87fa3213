import Fixtures
import Linux
import Messages
import Testing

@testable import Snapshots

/// A volume that suits a provider, and the file system that pays for its snapshots.
struct Ground {
    let volume: Volume
    /// Where the snapshot's space comes from: the image's file system, or the volume itself.
    let outer: Volume
    let provider: any SnapshotProvider
    let sandbox: Sandbox

    /// The table of the conformance suite: which volume suits which provider.
    static func with<Value>(_ name: String, _ body: (Ground) throws -> Value) throws -> Value {
        let provider = try #require(SnapshotProviders.named(name))
        return try Sandbox.with { sandbox in
            switch name {
            case "btrfs":
                return try Volume.with(.btrfs, in: sandbox.path) {
                    try body(Ground(volume: $0, outer: $0, provider: provider, sandbox: sandbox))
                }
            case "reflink":
                return try Volume.with(.xfs, megabytes: 400, in: sandbox.path, name: "outer") { outer in
                    try Volume.with(.ext4, in: outer.mountPoint, name: "inner") {
                        try body(Ground(volume: $0, outer: outer, provider: provider, sandbox: sandbox))
                    }
                }
            case "copy":
                return try Volume.with(.ext4, in: sandbox.path) {
                    try body(Ground(volume: $0, outer: $0, provider: provider, sandbox: sandbox))
                }
            default: throw FixtureError("tell Ground.with which volume suits the provider \(name)")
            }
        }
    }

    /// Those of files; images have suites of their own.
    static let providers = SnapshotProviders.all.filter { $0.kind == .files }.map(\.name)
}

extension Volume {
    /// The mount as a plan sees it.
    func mount() throws -> Mount { try #require(try MountTable.current().mount(at: mountPoint)) }

    func source(_ recoveryPoint: String = "20260121T101500Z-7f3a") throws -> SnapshotSource {
        SnapshotSource(mount: try mount(), root: root, recoveryPoint: recoveryPoint)
    }
}

extension SnapshotProvider {
    /// Takes a snapshot as a run does: inside a freeze where the provider needs one.
    func take(_ snapshot: any PreparedSnapshot, of volume: Volume) throws {
        if freezeRule == .forbidden { return try snapshot.take() }
        try volume.frozen { try snapshot.take() }
    }

    /// Reads in the snapshot, at the volume's own path.
    func read<Value: Sendable>(
        _ snapshot: any PreparedSnapshot, wasFrozen: Bool = true, _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let layers = [try snapshot.open(wasFrozen: wasFrozen)].compactMap { $0 }
        return try Threads.isolated(in: MountView(layers: layers), body)
    }
}
