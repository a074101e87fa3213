public import Messages
public import Vault

/// Reads back and checks every byte of a recovery point, files and images.
public enum PointVerification {
    /// - Throws: `.recoveryPointDamaged` naming what is damaged; what keeps the vault from being read.
    public static func perform(
        _ point: RecoveryPoint, in vault: Vault, progress: @escaping @Sendable (StoreProgress) -> Void
    ) throws(Failure) {
        try vault.verify(point, progress: progress)
        for snapshot in point.data where snapshot.holdsImages {
            for volume in snapshot.volumes {
                do throws(Failure) {
                    try StoredImage(point, volume, in: vault.location).verify()
                } catch {
                    throw error.damaging(point)
                }
            }
        }
        progress(StoreProgress(bytesDone: point.bytesRead ?? 0, bytesTotal: point.bytesRead))
    }
}
