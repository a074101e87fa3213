extension Spanish {
    static func message(of fault: ApplicationFault, _ name: String) -> String {
        switch fault {
        case .libraryMissing(let library, _):
            "Para hablar con \(name), Remanso necesita \(library), que no se ha encontrado."
        case .credentialsUnusable(let path, let reason):
            "No se puede usar el archivo de credenciales \(path) de \(name): \(Wording.stripped(reason))."
        case .refused(let detail): "\(name) ha rechazado el usuario o la contraseña: \(Wording.stripped(detail))."
        case .unreachable(let detail): "\(name) no responde: \(Wording.stripped(detail))."
        case .notReady(let detail): "\(name) responde, pero no está en servicio: \(Wording.stripped(detail))."
        case .versionTooOld(let found, let needed):
            "\(name) es de la versión \(found); Remanso necesita al menos la \(needed)."
        case .outsideVolumes(let path):
            "\(name) guarda datos en \(path), que no está en ningún volumen de esta copia. No se ha tocado."
        case .noCommonInstant(let volumes):
            """
            Los datos de \(name) están en volúmenes cuyas instantáneas no son del mismo instante: \
            \(volumes.joined(separator: ", ")). No se ha tocado.
            """
        case .busy(let detail):
            "No se ha tocado \(name), para que nadie espere detrás de algo lento: \(Wording.stripped(detail))."
        case .quiesceFailed(let detail): "No se ha podido poner \(name) en reposo: \(Wording.stripped(detail))."
        case .deadlineExceeded(let seconds):
            "\(name) quedó libre a los \(number(seconds)) s, su plazo, antes de que acabara la instantánea."
        case .sessionLost(let detail):
            "La sesión que mantenía \(name) en reposo terminó antes que la instantánea: \(Wording.stripped(detail))."
        case .releaseFailed(let detail): "\(name) no ha quedado libre como debía: \(Wording.stripped(detail))."
        case .setting(let key, let reason):
            "No se puede tratar \(name) como dice `\(key)`: \(Wording.stripped(reason))."
        case .cgroup(let path, let obstacle): message(of: obstacle, name, path)
        }
    }

    static func meaning(of fault: ApplicationFault) -> String {
        switch fault {
        case .libraryMissing: "No está instalada la biblioteca con la que Remanso habla con una aplicación."
        case .credentialsUnusable, .refused:
            "Una aplicación no ha aceptado el usuario y la contraseña que le ha dado Remanso."
        case .unreachable: "No se puede llegar a una aplicación que nombra la configuración."
        case .notReady: "Una aplicación responde, pero no sirve: está arrancando, cargando sus datos o cerrándose."
        case .versionTooOld: "Una aplicación es demasiado antigua para lo que Remanso hace con ella."
        case .outsideVolumes:
            "Una aplicación guarda datos fuera de los volúmenes de la copia: el punto de recuperación no estaría completo."
        case .noCommonInstant:
            "Una aplicación guarda datos en varios volúmenes, y sus instantáneas no pueden ser del mismo instante."
        case .busy: "Algo largo se ejecuta en la aplicación; para ponerla en reposo, todos tendrían que esperar detrás."
        case .quiesceFailed: "La aplicación no ha hecho lo que la pone en reposo."
        case .deadlineExceeded: "La aplicación quedó libre por su propio plazo, para que no siga parada."
        case .sessionLost: "La conexión que mantenía la aplicación en reposo terminó demasiado pronto."
        case .releaseFailed: "Tras la instantánea, la aplicación no ha hecho lo que la deja libre de forma ordenada."
        case .setting: "Un ajuste de una aplicación no corresponde a lo que es la aplicación."
        case .cgroup: "El grupo de control de una aplicación no se ha podido congelar, o no hasta el final."
        }
    }

    static func action(for fault: ApplicationFault, _ name: String) -> String {
        switch fault {
        case .libraryMissing(_, let package): "Instálela: `apt install \(package)`."
        case .credentialsUnusable(let path, _):
            """
            Debe ser de root y tener el modo 600: `chown root: \(Wording.shell(path)) && chmod 600 \
            \(Wording.shell(path))`. Sus líneas son `user = …` y `password = …`.
            """
        case .refused:
            "Corrija usuario y contraseña en el archivo de credenciales de \(name) y escriba `remanso check`."
        case .unreachable: "Mire si funciona y escucha donde dice la configuración, y escriba `remanso check`."
        case .notReady: "Espere a que esté en servicio y vuelva a hacer la copia: `remanso backup`."
        case .versionTooOld: "Use para ella un script anterior y otro posterior, o actualícela."
        case .outsideVolumes(let path):
            "Añada a `volumes` el volumen que contiene \(path): `findmnt --target \(Wording.shell(path))` lo muestra."
        case .noCommonInstant:
            "Guarde sus datos en un solo volumen, o congélelos todos: `remanso backup --dry-run` dice por qué no."
        case .busy: "Haga la copia cuando haya terminado, o procure que no se ejecute a la hora de la copia."
        case .quiesceFailed, .releaseFailed:
            "Busque el motivo en el registro de la aplicación y vuelva a hacer la copia."
        case .deadlineExceeded: "Vea con `remanso show latest` qué tardó tanto; si debe ser así, aumente su `deadline`."
        case .sessionLost: "Vea en el registro de la aplicación quién la terminó y vuelva a hacer la copia."
        case .setting(let key, _): "Corrija `\(key)` de \(name) en remanso.yaml y escriba `remanso check`."
        case .cgroup(let path, let obstacle): action(for: obstacle, name, path)
        }
    }

    private static func number(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)".replacing(".", with: ",")
    }
}
