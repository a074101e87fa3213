/// Why a tracker cannot vouch for the blocks that it gave, so that everything has to be read and compared.
public enum TrackingDoubt: Reason {
    /// Tracking was never switched on for the volume.
    case notTracked
    /// The volume was never frozen since tracking began: what was queued before is unknown.
    case noBaseLine
    /// No backup has been made since tracking began, or tracking began after it.
    case noParent
    /// The backup that the blocks are counted from lies in another vault, or is gone from this one.
    case otherVault
    /// The machine was started again since.
    case rebooted
    /// The programs in the kernel, or their maps, were removed or replaced.
    case detached
    /// The state that belongs to the tracking cannot be read or does not fit it.
    case stateUnusable
    /// The device is gone.
    case deviceGone
    /// The device's number belongs to another device now.
    case deviceReplaced
    /// The device was made larger or smaller, or was moved.
    case deviceResized
    /// There is another file system on the device.
    case filesystemReplaced
    /// The kernel stopped counting sectors on the disk for a while, or does not count them now.
    case statisticsOff
    /// The programs in the kernel were not called for so many events.
    case missedEvents(Int)
    /// The kernel counted another number of sectors than the tracker saw.
    case countMismatch(seen: Int, counted: Int)
    /// A kind of write that the tracker does not know.
    case unknownOperation
    /// A write whose place the disk chose itself.
    case zoneAppend
    /// A command that went past the block layer.
    case passthrough
    /// So much was being written at once that the tracker's table was full.
    case tableFull
    /// A write lay outside the volume.
    case outOfRange
    /// What lies under the volume was, or may have been, written past it: the file of a loop device, a disk under LVM.
    case otherPath
    /// Device mapper puts other blocks under the volume.
    case remapped
    /// Nothing can exclude that on this kernel.
    case unguarded

    /// In English.
    public var english: String {
        switch self {
        case .notTracked: "changed blocks are not tracked on this volume"
        case .noBaseLine: "the tracking of changed blocks was interrupted while it began"
        case .noParent: "no backup has been made since tracking began"
        case .otherVault: "the last tracked backup is not in this vault"
        case .rebooted: "the machine was started again since the last backup"
        case .detached: "the tracking program was removed from the kernel"
        case .stateUnusable: "the notes of the tracking cannot be read"
        case .deviceGone: "the device is gone"
        case .deviceReplaced: "the volume's device is another one than when tracking began"
        case .deviceResized: "the device has another size or place than when tracking began"
        case .filesystemReplaced: "there is another file system on the device than when tracking began"
        case .statisticsOff: "the disk's statistics, by which the tracking is proved, were switched off"
        case .missedEvents(let count): "the kernel skipped the tracking program \(count) times"
        case .countMismatch(let seen, let counted):
            "the kernel counted \(counted) written sectors and the tracking program saw \(seen)"
        case .unknownOperation: "the disk was written by an operation that the tracking program does not know"
        case .zoneAppend: "the disk chose itself where to write"
        case .passthrough: "a command was sent to the disk past the kernel's block layer"
        case .tableFull: "too many writes were under way at one time"
        case .outOfRange: "a write lay outside the volume"
        case .otherPath: "what lies under the volume was opened for writing by another program"
        case .remapped: "the volume is or was mapped to its disks otherwise than when tracking began (device mapper)"
        case .unguarded: "on this kernel nothing tells whether what lies under the volume was written past it"
        }
    }

    /// In Spanish.
    public var spanish: String {
        switch self {
        case .notTracked: "en este volumen no se siguen los bloques cambiados"
        case .noBaseLine: "el seguimiento de bloques cambiados se interrumpió cuando empezaba"
        case .noParent: "no se ha hecho ninguna copia desde que empezó el seguimiento"
        case .otherVault: "la última copia con seguimiento no está en este almacén"
        case .rebooted: "la máquina se reinició después de la última copia"
        case .detached: "el programa de seguimiento fue retirado del núcleo"
        case .stateUnusable: "no se pueden leer las notas del seguimiento"
        case .deviceGone: "el dispositivo ya no existe"
        case .deviceReplaced: "el dispositivo del volumen no es el mismo que cuando empezó el seguimiento"
        case .deviceResized: "el dispositivo no tiene el mismo tamaño o lugar que cuando empezó el seguimiento"
        case .filesystemReplaced:
            "en el dispositivo hay otro sistema de archivos que cuando empezó el seguimiento"
        case .statisticsOff: "se desactivaron las estadísticas del disco, con las que se prueba el seguimiento"
        case .missedEvents(let count): "el núcleo omitió el programa de seguimiento \(count) veces"
        case .countMismatch(let seen, let counted):
            "el núcleo contó \(counted) sectores escritos y el programa de seguimiento vio \(seen)"
        case .unknownOperation: "se escribió en el disco con una operación que el seguimiento no conoce"
        case .zoneAppend: "el disco eligió por sí mismo dónde escribir"
        case .passthrough: "se envió una orden al disco sin pasar por la capa de bloques del núcleo"
        case .tableFull: "había demasiadas escrituras en curso a la vez"
        case .outOfRange: "una escritura quedó fuera del volumen"
        case .otherPath: "otro programa abrió para escritura lo que hay debajo del volumen"
        case .remapped:
            "el volumen está o estuvo asignado a sus discos de otra forma que al empezar el seguimiento (device mapper)"
        case .unguarded:
            "en este núcleo nada indica si se escribió en lo que hay debajo del volumen sin pasar por él"
        }
    }
}
