/// Why a tracker cannot vouch for the blocks that it gave, so that everything has to be read and compared.
public enum TrackingDoubt: Sendable, Equatable {
    /// Tracking was never switched on for the volume.
    case notTracked
}
