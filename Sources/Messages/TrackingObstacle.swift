/// Why changed blocks cannot be tracked on a volume.
public enum TrackingObstacle: Reason {
    /// The file system lies on no block device of its own.
    case noBlockDevice
    /// The kernel does not describe its types (BTF).
    case noBTF
    /// The kernel refuses programs of this kind, to this process or to all.
    case refused(reason: String)
    /// The kernel's verifier or loader rejected the program.
    case notLoadable(reason: String)
    /// The BPF file system is not mounted and cannot be.
    case noBPFFileSystem(reason: String)
    /// The kernel does not count the sectors that are written to this disk.
    case noStatistics(disk: String)
    /// The device's memory can be written without its driver.
    case directAccess(disk: String)
    /// A disk with zones, which chooses itself where it writes.
    case zoned(disk: String)
    /// Other machines may write to the same device.
    case sharedFilesystem(String)

    /// In English.
    public var english: String {
        switch self {
        case .noBlockDevice: "the file system does not lie on a block device of its own"
        case .noBTF: "the kernel does not describe its types (it was built without CONFIG_DEBUG_INFO_BTF)"
        case .refused(let reason): "the kernel refuses to load the program that tracks changed blocks (\(reason))"
        case .notLoadable(let reason): "this kernel cannot run the program that tracks changed blocks (\(reason))"
        case .noBPFFileSystem(let reason): "the BPF file system cannot be mounted at /sys/fs/bpf (\(reason))"
        case .noStatistics(let disk): "the statistics of \(disk), by which the tracking is proved, are switched off"
        case .directAccess(let disk): "\(disk) can be written past its driver (DAX)"
        case .zoned(let disk): "\(disk) is a zoned disk"
        case .sharedFilesystem(let type): "other machines may write to the same device (\(type))"
        }
    }

    /// In Spanish.
    public var spanish: String {
        switch self {
        case .noBlockDevice: "el sistema de archivos no está en un dispositivo de bloques propio"
        case .noBTF: "el núcleo no describe sus tipos (se compiló sin CONFIG_DEBUG_INFO_BTF)"
        case .refused(let reason): "el núcleo se niega a cargar el programa que sigue los bloques cambiados (\(reason))"
        case .notLoadable(let reason):
            "este núcleo no puede ejecutar el programa que sigue los bloques cambiados (\(reason))"
        case .noBPFFileSystem(let reason):
            "no se puede montar el sistema de archivos BPF en /sys/fs/bpf (\(reason))"
        case .noStatistics(let disk):
            "las estadísticas de \(disk), con las que se prueba el seguimiento, están desactivadas"
        case .directAccess(let disk): "se puede escribir en \(disk) sin pasar por su controlador (DAX)"
        case .zoned(let disk): "\(disk) es un disco dividido en zonas"
        case .sharedFilesystem(let type): "otras máquinas pueden escribir en el mismo dispositivo (\(type))"
        }
    }
}

extension TrackingObstacle {
    /// What can be done about it.
    func remedy(in language: Language) -> String {
        switch language {
        case .en: englishRemedy
        case .es: spanishRemedy
        }
    }

    private var englishRemedy: String {
        let otherwise = "Until then this volume is backed up without tracking, which takes longer."
        return switch self {
        case .noStatistics(let disk): "Type `echo 1 > \(Self.switchFile(disk))`. \(otherwise)"
        case .noBTF: "Start a kernel that was built with it; those of the usual distributions are. \(otherwise)"
        case .refused:
            """
            Run Remanso as root with all of its capabilities (CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN): containers and \
            units may take them away. \(otherwise)
            """
        case .noBPFFileSystem: "Type `mount -t bpf bpf /sys/fs/bpf` as root to see what is in the way. \(otherwise)"
        case .noBlockDevice, .notLoadable, .directAccess, .zoned, .sharedFilesystem:
            """
            Nothing has to be done: each backup of this volume finds the changes by reading everything, which takes \
            longer.
            """
        }
    }

    private var spanishRemedy: String {
        let otherwise = "Hasta entonces este volumen se copia sin seguimiento, lo que tarda más."
        return switch self {
        case .noStatistics(let disk): "Escriba `echo 1 > \(Self.switchFile(disk))`. \(otherwise)"
        case .noBTF:
            "Arranque un núcleo compilado con ella; los de las distribuciones habituales lo están. \(otherwise)"
        case .refused:
            """
            Ejecute Remanso como root con todas sus capacidades (CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN): los \
            contenedores y las unidades pueden quitárselas. \(otherwise)
            """
        case .noBPFFileSystem:
            "Escriba `mount -t bpf bpf /sys/fs/bpf` como root para ver qué lo impide. \(otherwise)"
        case .noBlockDevice, .notLoadable, .directAccess, .zoned, .sharedFilesystem:
            """
            No hace falta hacer nada: cada copia de este volumen encuentra los cambios leyéndolo todo, lo que tarda \
            más.
            """
        }
    }

    private static func switchFile(_ disk: String) -> String { Wording.shell("/sys/block/\(disk)/queue/iostats") }
}
