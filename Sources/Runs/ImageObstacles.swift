internal import Linux
internal import Messages
internal import Scripts
internal import Snapshots
internal import Vault

/// Why a volume cannot be stored as an image, whatever its disk can do.
struct ImageObstacles {
    private let options: RunOptions
    private let framework: ScriptFramework
    private let table: MountTable

    init(_ options: RunOptions, _ framework: ScriptFramework, in table: MountTable) {
        self.options = options
        self.framework = framework
        self.table = table
    }

    /// - Parameter others: the volumes of the run that have a provider already.
    func obstacle(for mount: Mount, beside others: [Plan.Volume]) -> ProviderReason? {
        if let folder = options.vault.localFolder, FreezeRisks.volume(of: folder, among: [mount], table) != nil {
            return .holdsVault(repository: folder)
        }
        if let other = others.first(where: { $0.mount.device == mount.device && $0.provider.kind == .image }) {
            return .sharesDevice(volume: other.mount.mountPoint)
        }
        let isSkipped = framework.freezeSettings.mountsToSkip.contains(mount.mountPoint)
        let isForbidden = !framework.plugins.allSatisfy(\.fsFreezeEnabled)
        return isSkipped || isForbidden ? .mayNotFreeze : nil
    }
}
