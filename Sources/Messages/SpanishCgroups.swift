extension Spanish {
    static func message(of obstacle: CgroupObstacle, _ name: String, _ path: String) -> String {
        switch obstacle {
        case .notNamed: "\(name) necesita `unit` o `cgroup`, y no los dos: uno dice qué se congela."
        case .missing: "\(name) no funciona: no hay ningún grupo de control \(path)."
        case .ambiguous(let paths):
            "Varios grupos de control se llaman \(path): \(paths.joined(separator: ", "))."
        case .notCgroup: "\(path), de \(name), no es un grupo de control de la versión 2."
        case .cannotFreeze:
            "El grupo de control \(path) de \(name) no se puede congelar: el núcleo no ofrece la manera."
        case .holdsRemanso:
            "No se ha tocado \(name): Remanso mismo, o lo que lo ha iniciado, está en el grupo de control \(path)."
        case .overlaps(let other):
            "No se ha tocado \(name): su grupo de control \(path) es el de \(other), está dentro de él o lo contiene."
        case .frozenByOthers: "No se ha tocado \(name): otro ha congelado ya su grupo de control \(path)."
        case .thawedByOthers:
            "Otro ha descongelado o terminado \(name) (grupo de control \(path)) antes de que acabara la instantánea."
        case .restless:
            "\(name) ha quedado libre: no todos los procesos de su grupo de control \(path) se han parado a tiempo."
        case .failed(let reason):
            "No se ha podido congelar el grupo de control \(path) de \(name): \(Wording.stripped(reason))."
        }
    }

    static func action(for obstacle: CgroupObstacle, _ name: String, _ path: String) -> String {
        switch obstacle {
        case .notNamed:
            "Ponga `unit: NOMBRE.service` o `cgroup: /sys/fs/cgroup/…` de \(name) en remanso.yaml, y no los dos."
        case .missing: "Iníciela, o corrija su nombre en remanso.yaml: `systemd-cgls` muestra todo lo que funciona."
        case .ambiguous: "Escriba el correcto como `cgroup` de \(name) en remanso.yaml, en lugar de `unit`."
        case .notCgroup:
            "Corrija `cgroup` de \(name) en remanso.yaml: `systemd-cgls` muestra todos los grupos que hay."
        case .cannotFreeze:
            """
            Nombre un grupo por debajo de la raíz de todos, en Linux 5.2 o posterior; si no, use un script anterior y \
            otro posterior.
            """
        case .holdsRemanso: "Ejecute Remanso fuera de \(path): por ejemplo, como servicio propio."
        case .overlaps:
            "Deje una de las dos aplicaciones en remanso.yaml: un grupo congelado reposa con todos los que contiene."
        case .frozenByOthers:
            "Averigüe quién lo congeló; si nadie lo necesita ya: `echo 0 > \(Wording.shell(path + "/cgroup.freeze"))`."
        case .thawedByOthers: "Averigüe quién lo hizo a la hora de la copia y vuelva a hacer la copia."
        case .restless:
            """
            Un proceso que espera a un disco o a un sistema de archivos de red no se puede congelar: \
            `ps -eo pid,stat,wchan,args` lo muestra.
            """
        case .failed: "Mire el registro del núcleo con `dmesg` y vuelva a hacer la copia."
        }
    }
}
