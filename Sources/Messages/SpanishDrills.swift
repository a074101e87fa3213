extension Spanish {
    static func message(of fault: DrillFault, _ name: String) -> String {
        switch fault {
        case .programMissing(let program):
            "El simulacro de \(name) necesita \(program), que no está instalado aquí."
        case .dataMissing(let path): "\(path), que \(name) necesita, no está en el punto de recuperación."
        case .scratchFull(let path): "Falta espacio en \(path) para el simulacro de \(name)."
        case .fileSystemDamaged(let volume, let detail):
            "El sistema de archivos de \(volume) está dañado en el punto de recuperación: \(last(detail))."
        case .portInUse(let detail):
            "\(name) no arrancó, porque otro usa su puerto: \(Wording.stripped(detail))."
        case .ended(let program, let how, let log):
            "\(name) no arrancó desde el punto de recuperación: \(program) terminó (\(how))\(tail(log))."
        case .noAnswer(let seconds, let log):
            "\(name) se inició desde el punto de recuperación y no respondió en \(Int(seconds)) s\(tail(log))."
        case .notOurs(let pid):
            "Lo que respondió en el simulacro de \(name) es el proceso \(pid), y no el que se inició."
        case .checkFailed(let check, let output):
            "\(name) arrancó desde el punto de recuperación, pero `\(check)` encontró algo\(tail(output))."
        case .probeFailed(let detail): "\(name) arrancó, pero la prueba falló: \(last(detail))."
        case .probeDiffers(let expected, let found):
            "\(name) arrancó, pero la prueba respondió «\(found)» en vez de «\(expected)»."
        case .impossible(let detail): "No se ha podido hacer el simulacro de \(name): \(last(detail))."
        }
    }

    private static func last(_ text: String) -> String { Wording.lastLine(text) ?? "no se dio ningún motivo" }

    private static func tail(_ log: String) -> String { Wording.lastLine(log).map { ": \($0)" } ?? "" }

    static func meaning(of fault: DrillFault) -> String {
        switch fault {
        case .programMissing:
            "Un simulacro inicia la aplicación con su propio programa, que no está en esta máquina."
        case .dataMissing: "Una carpeta o un archivo que la aplicación necesita no está en el punto de recuperación."
        case .scratchFull:
            "En la carpeta de los simulacros falta espacio para lo que la aplicación cambia en ella."
        case .fileSystemDamaged: "El sistema de archivos de la imagen de un volumen no está sano."
        case .portInUse: "La aplicación no pudo tener su puerto en el simulacro."
        case .ended: "La aplicación no arrancó desde el punto de recuperación: su programa terminó."
        case .noAnswer: "La aplicación se inició desde el punto de recuperación y no respondió a tiempo."
        case .notOurs:
            "Respondió un proceso distinto del que inició el simulacro, así que no queda nada demostrado."
        case .checkFailed:
            "La aplicación arrancó desde el punto de recuperación, pero su propia comprobación encontró daños."
        case .probeFailed: "No se pudo hacer la prueba de la configuración, o terminó con un error."
        case .probeDiffers: "La prueba de la configuración tuvo una respuesta distinta de la esperada."
        case .impossible:
            "No se pudo hacer el simulacro en esta máquina; no dice nada del punto de recuperación."
        }
    }

    static func action(for fault: DrillFault, _ name: String) -> String {
        switch fault {
        case .programMissing(let program):
            "Instale el paquete que contiene \(program), en la versión de \(name) que se copió."
        case .dataMissing(let path):
            "Añada a `volumes` el volumen que contiene \(Wording.shell(path)) y cree otro punto de recuperación."
        case .scratchFull(let path):
            "Haga sitio en \(Wording.shell(path)) o indique otra carpeta: `remanso drill --scratch CARPETA`."
        case .fileSystemDamaged(let volume, _):
            "Compruebe el sistema de archivos vivo de \(volume) y cree otro punto de recuperación: `remanso backup`."
        case .portInUse: "Vea en el registro quién escucha ahí; el recinto de un simulacro tiene su propia red."
        case .ended, .noAnswer:
            "Lea su registro con `remanso show ID` y, antes que nada, compruebe la aplicación viva."
        case .notOurs: "Vea qué proceso es y si el usuario del simulacro puede iniciarlo."
        case .checkFailed:
            "Haga la misma comprobación en la aplicación viva; si está sana, restaure de otro punto de recuperación."
        case .probeFailed, .probeDiffers:
            "Compare `drill` de \(name) en remanso.yaml con lo que dice la aplicación viva."
        case .impossible: "Elimine la causa que nombra el mensaje y escriba otra vez `remanso drill`."
        }
    }
}
