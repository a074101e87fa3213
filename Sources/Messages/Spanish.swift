/// The Spanish texts: what is common to several of them. See the files `Spanish….swift`.
enum Spanish {
    /// "script anterior" or "script posterior".
    static func name(_ phase: ScriptPhase) -> String {
        switch phase {
        case .pre: "script anterior"
        case .post: "script posterior"
        }
    }

    /// A level as an adjective.
    static func adjective(_ level: Consistency) -> String {
        switch level {
        case .none: "sin punto de recuperación"
        case .crash: "coherente frente a bloqueos"
        case .filesystem: "coherente con el sistema de archivos"
        case .application: "coherente con la aplicación"
        }
    }

    static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }

    static func sentence(_ path: String, _ ending: ScriptEnding) -> String {
        switch ending {
        case .exited(126): "\(path) terminó con el estado de salida 126 (no se pudo ejecutar un comando)."
        case .exited(127): "\(path) terminó con el estado de salida 127 (no se encontró un comando)."
        case .exited(let status): "\(path) terminó con el estado de salida \(status)."
        case .killed(let signal): "La señal \(Wording.signal(signal)) puso fin a \(path)."
        case .notStarted(let reason): "No se pudo iniciar \(path): \(Wording.stripped(reason))."
        }
    }

    static func sentence(_ path: String, _ fault: FileFault) -> String {
        switch fault {
        case .syntax(let line, let column, let found):
            found.isEmpty
                ? "El texto termina antes de tiempo en \(path), línea \(line), columna \(column)."
                : "La sintaxis es incorrecta en \(path), línea \(line), columna \(column), en «\(found)»."
        case .notUTF8: "\(path) no es un texto en UTF-8."
        case .tooLarge(let limit): "\(path) ocupa más de \(limit) bytes."
        case .tooDeep(let limit): "\(path) anida valores en más de \(limit) niveles."
        case .notRegular: "\(path) no es un archivo normal."
        case .unreadable(let reason): "No se puede leer \(path): \(Wording.stripped(reason))."
        case .missing(let key): "En \(path) falta \(key), que es obligatorio."
        case .duplicate(let key): "\(path) contiene dos veces \(key)."
        case .wrongType(let key, let expected): "En \(path), \(key) debe ser \(name(expected))."
        case .outOfRange(let key, let value, let lowest, let highest):
            highest == .max
                ? "En \(path), \(key) vale \(value); debe ser como mínimo \(lowest)."
                : "En \(path), \(key) vale \(value); debe estar entre \(lowest) y \(highest)."
        case .empty(let key): "En \(path), \(key) está vacío."
        case .notAbsolute(let key, let value): "En \(path), \(key) vale «\(value)»; debe ser una ruta absoluta."
        case .holdsNUL(let key):
            "En \(path), \(key) contiene un carácter NUL, que no cabe en una ruta ni en un parámetro."
        }
    }

    static func name(_ type: ValueType) -> String {
        switch type {
        case .string: "un texto entre comillas"
        case .stringArray: #"una lista de textos, como ["a", "b"]"#
        case .integer: "un número entero, sin comillas"
        case .boolean: "true o false, sin comillas"
        case .object: "un grupo de claves con sus valores"
        case .objectArray: "una lista de grupos de claves con sus valores"
        case .duration: "un número con su unidad, como 500ms, 10s, 5m o 1h"
        }
    }

    static func sentence(_ fault: PermissionFault) -> String {
        switch fault {
        case .notOwnedByRoot(let path, let owner):
            "\(path) pertenece al usuario con el identificador \(owner) y no a root."
        case .tooOpen(let path, let mode): "\(path) tiene los permisos \(mode), que dan derechos al grupo o a otros."
        case .notExecutable(let path, let mode):
            "\(path) tiene los permisos \(mode), que no dejan ejecutarlo a su propietario."
        case .folderWritable(let path, let mode):
            "La carpeta \(path) tiene los permisos \(mode): otros usuarios podrían sustituir lo que contiene."
        case .notRegular(let path): "\(path) no es un archivo normal."
        }
    }

    /// The commands that put owner and mode right; `mode` is what the file should have.
    static func remedy(_ fault: PermissionFault, mode: String) -> String {
        switch fault {
        case .notOwnedByRoot(let path, _):
            """
            Escriba `chown root:root \(Wording.shell(path))`; si se trata de la carpeta de otro usuario, lleve el \
            archivo a una carpeta de root, como /etc/azure.
            """
        case .tooOpen(let path, _), .notExecutable(let path, _):
            "Escriba `chown root:root \(Wording.shell(path))` y `chmod \(mode) \(Wording.shell(path))`."
        case .folderWritable(let path, let mode):
            Wording.isSticky(mode)
                ? "Lleve el archivo a una carpeta en la que solo root pueda escribir, como /etc/azure."
                : """
                Escriba `chmod go-w \(Wording.shell(path))`, o lleve el archivo a una carpeta en la que solo root \
                pueda escribir, como /etc/azure.
                """
        case .notRegular(let path):
            """
            Ponga en \(path) el propio archivo, no un enlace, una carpeta ni un dispositivo, y escriba `chmod \(mode) \
            \(Wording.shell(path))`.
            """
        }
    }

    static func clause(_ fault: ConfigurationFault) -> String {
        switch fault {
        case .syntax(let words): "no es YAML válido: \(Wording.stripped(words))"
        case .unknownKey(let known): "aquí no existe esa clave; las conocidas son \(known.joined(separator: ", "))"
        case .duplicateKey: "la clave aparece aquí por segunda vez"
        case .wrongType(let expected): "se esperaba \(name(expected))"
        case .durationWithoutUnit(let value): "«\(value)» no lleva unidad; se esperaba \(name(.duration))"
        case .outOfRange(let lowest, let highest): "se esperaba un valor entre \(lowest) y \(highest)"
        case .notOneOf(let values): "se esperaba uno de estos valores: \(values.joined(separator: ", "))"
        case .notAbsolute(let value): "«\(value)» no es una ruta absoluta"
        case .empty: "el valor está vacío"
        case .missing: "falta esta clave"
        case .notUnique(let name): "otra se llama ya \(name); dé a cada una un `name` propio"
        case .excludedBy(let key): "esta clave no puede estar junto a `\(key)`; quite una de las dos"
        case .oneNeeded(let keys): "aquí hace falta una de estas claves: \(keys.joined(separator: ", "))"
        }
    }
}
