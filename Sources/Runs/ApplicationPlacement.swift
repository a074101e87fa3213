internal import Applications
internal import Freezing
internal import Linux
internal import Messages

/// Whether a recovery point of the planned volumes would hold all of an application.
struct ApplicationPlacement {
    private let plan: Plan
    private let table: MountTable?

    init(_ plan: Plan) {
        self.plan = plan
        table = try? MountTable.current()
    }

    /// - Returns: why the application must be left alone; `nil` when all of it is there.
    func fault(_ record: ApplicationRecord) -> ApplicationFault? {
        var volumes: [Plan.Volume] = []
        for folder in record.folders {
            guard let volume = volume(of: folder) else { return .outsideVolumes(path: folder) }
            if !volumes.contains(where: { $0.mount == volume.mount }) { volumes.append(volume) }
        }
        let needsInstant = Applications.kind(record.type)?.needsCommonInstant(record.settings) ?? true
        guard needsInstant, volumes.count > 1 else { return nil }
        // Only what is frozen together is of one instant; a snapshot of the file system's own comes when it comes.
        let together = volumes.allSatisfy { $0.wantsFreeze && plan.freezeIsEnabled }
        return together ? nil : .noCommonInstant(volumes: volumes.map(\.mount.mountPoint).sorted())
    }

    /// The planned volume that a path lies on; `nil` when it lies on another file system, or on none.
    private func volume(of path: String) -> Plan.Volume? {
        guard let real = Files.resolved(path), let mount = table?.mount(containing: real) else { return nil }
        return plan.volumes.first { $0.mount.mountPoint == mount.mountPoint }
    }
}
