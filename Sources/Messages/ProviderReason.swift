/// Why a snapshot provider suits a volume or does not.
public enum ProviderReason: Reason {
    /// The file system snapshots itself.
    case snapshotsItself
    /// Another file system than the one that the provider needs.
    case otherFilesystem(needed: String)
    /// The mount shows a folder, not the root of a subvolume.
    case notASubvolume
    /// Mounted read-only, so that no snapshot can be made in it.
    case readOnly
    /// The volume's image lies on a file system that can share blocks between files.
    case imageCanBeCloned(image: String, filesystem: String)
    /// There is no image file under the volume.
    case noImage
    /// The image's file system cannot share blocks between files.
    case imageCannotBeCloned(image: String, filesystem: String)
    /// The image lies on a volume that this run freezes.
    case imageOnFrozenVolume(image: String, volume: String)
    /// The kernel tells which blocks change, so that nearly all is read before the freeze.
    case readsBeforehand
    /// The mount shows a folder, not its whole file system.
    case folderOfVolume
    /// There is no block device under the volume, or it cannot be opened.
    case noBlockDevice
    /// The journal or some of the files lie on another device.
    case severalDevices
    /// What is written past the block layer cannot be tracked (DAX).
    case directAccess
    /// The run does not store images.
    case noImageVault
    /// The vault lies on the volume: its image would hold what is written to make it.
    case holdsVault(repository: String)
    /// Another volume of the run is the same file system.
    case sharesDevice(volume: String)
    /// The configuration forbids to freeze the volume.
    case mayNotFreeze
    /// Changed blocks cannot be tracked on it.
    case notTrackable(TrackingObstacle)
    /// Works everywhere, and takes as long as copying takes.
    case lastResort

    /// In English.
    public var english: String {
        switch self {
        case .snapshotsItself: "btrfs takes a snapshot of the subvolume by itself, at one instant"
        case .otherFilesystem(let needed): "the file system is not \(needed)"
        case .notASubvolume: "the mount point shows a folder, not the root of a subvolume"
        case .readOnly: "the volume is mounted read-only"
        case .imageCanBeCloned(let image, let filesystem):
            "the volume lies in the image \(image) on \(filesystem), which clones a file in milliseconds"
        case .noImage: "the volume does not lie in an image file"
        case .imageCannotBeCloned(let image, let filesystem):
            "the file system of the image \(image) (\(filesystem)) cannot clone files"
        case .imageOnFrozenVolume(let image, let volume):
            "the image \(image) lies on \(volume), which is frozen in the same run"
        case .readsBeforehand:
            "the kernel tells which blocks change: nearly all of it is read before the freeze, the rest inside it"
        case .folderOfVolume: "the mount point shows a folder, not the whole file system"
        case .noBlockDevice: "there is no block device under it that could be read"
        case .severalDevices: "its journal or some of its files lie on another device"
        case .directAccess: "files are written without the block layer (DAX), where no change is seen"
        case .noImageVault: "this run stores files, not images of volumes"
        case .holdsVault(let repository): "the vault \(repository) lies on the volume itself"
        case .sharesDevice(let volume): "it is the same file system as \(volume), which is stored as an image"
        case .mayNotFreeze: "the configuration leaves the volume unfrozen"
        case .notTrackable(let obstacle): obstacle.english
        case .lastResort:
            "no snapshot facility was found: the files are copied while the application is quiet"
        }
    }

    /// In Spanish.
    public var spanish: String {
        switch self {
        case .snapshotsItself: "btrfs toma por sí mismo una instantánea del subvolumen, en un solo instante"
        case .otherFilesystem(let needed): "el sistema de archivos no es \(needed)"
        case .notASubvolume: "el punto de montaje muestra una carpeta, no la raíz de un subvolumen"
        case .readOnly: "el volumen está montado en modo de solo lectura"
        case .imageCanBeCloned(let image, let filesystem):
            "el volumen está en la imagen \(image) sobre \(filesystem), que clona un archivo en milisegundos"
        case .noImage: "el volumen no está en un archivo de imagen"
        case .imageCannotBeCloned(let image, let filesystem):
            "el sistema de archivos de la imagen \(image) (\(filesystem)) no puede clonar archivos"
        case .imageOnFrozenVolume(let image, let volume):
            "la imagen \(image) está en \(volume), que se congela en la misma ejecución"
        case .readsBeforehand:
            "el núcleo dice qué bloques cambian: casi todo se lee antes de congelar, y el resto durante la congelación"
        case .folderOfVolume: "el punto de montaje muestra una carpeta, no el sistema de archivos entero"
        case .noBlockDevice: "debajo no hay ningún dispositivo de bloques que se pueda leer"
        case .severalDevices: "su diario o algunos de sus archivos están en otro dispositivo"
        case .directAccess:
            "los archivos se escriben sin pasar por la capa de bloques (DAX), donde no se ve ningún cambio"
        case .noImageVault: "esta ejecución guarda archivos, no imágenes de volúmenes"
        case .holdsVault(let repository): "el almacén \(repository) está en el propio volumen"
        case .sharesDevice(let volume): "es el mismo sistema de archivos que \(volume), que se guarda como imagen"
        case .mayNotFreeze: "la configuración deja el volumen sin congelar"
        case .notTrackable(let obstacle): obstacle.spanish
        case .lastResort:
            "no hay ninguna función de instantáneas: los archivos se copian mientras la aplicación está en reposo"
        }
    }
}
