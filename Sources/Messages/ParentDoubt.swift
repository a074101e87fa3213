/// Why an image cannot be made from that of the parent recovery point, so that everything has to be read.
public enum ParentDoubt: Reason {
    /// The parent is not in the vault any more.
    case gone
    /// The parent has no image of the volume.
    case noImage
    /// The parent's image has another size.
    case otherSize(bytes: UInt64)
    /// The parent's image was not cut as Remanso cuts images.
    case otherBlobs
    /// A file of the parent is damaged.
    case damaged(detail: String)
    /// The vault has lost a piece of the parent's image.
    case missingBlob(id: String)

    /// In English.
    public var english: String {
        switch self {
        case .gone: "the parent recovery point is not in the vault any more"
        case .noImage: "the parent recovery point has no image of the volume"
        case .otherSize(let bytes): "the volume had another size in the parent recovery point (\(bytes) bytes)"
        case .otherBlobs: "the parent's image was stored by another program"
        case .damaged(let detail): "the parent recovery point is damaged (\(Wording.stripped(detail)))"
        case .missingBlob(let id): "the vault has lost a piece of the parent's image (\(id))"
        }
    }

    /// In Spanish.
    public var spanish: String {
        switch self {
        case .gone: "el punto de recuperación anterior ya no está en el almacén"
        case .noImage: "el punto de recuperación anterior no tiene una imagen del volumen"
        case .otherSize(let bytes):
            "el volumen tenía otro tamaño en el punto de recuperación anterior (\(bytes) bytes)"
        case .otherBlobs: "la imagen del punto de recuperación anterior la guardó otro programa"
        case .damaged(let detail): "el punto de recuperación anterior está dañado (\(Wording.stripped(detail)))"
        case .missingBlob(let id): "el almacén ha perdido un trozo de la imagen anterior (\(id))"
        }
    }
}
