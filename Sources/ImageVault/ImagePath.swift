/// The paths of images in a snapshot: the volume's mount point with `.img` behind it. So `/srv/db` lies at `/srv/db.img`
/// and the root at `/.img`, no two alike, and each path leads back to its mount point.
public enum ImagePath {
    private static let ending = ".img"

    /// The path of a volume's image.
    public static func path(ofVolumeAt mountPoint: String) -> String { mountPoint + ending }

    /// The mount point of the volume whose image lies at a path; `nil` for a file that is no image.
    public static func mountPoint(ofImageAt path: String) -> String? {
        path.hasPrefix("/") && path.hasSuffix(ending) ? String(path.dropLast(ending.count)) : nil
    }
}
