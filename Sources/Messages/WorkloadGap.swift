/// What Azure's framework for databases was told and Remanso has no equivalent for. None holds a secret.
public enum WorkloadGap: Reason {
    /// Oracle has no adapter.
    case oracle
    /// MySQL's obfuscated password file; the password belongs into `credentials`.
    case loginPath(credentials: String)
    /// An option file of the client; its user and password belong into `credentials`.
    case optionFile(credentials: String)
    /// The client would have asked a person for the password, which belongs into `credentials`.
    case passwordAsked(credentials: String)
    /// A password that a credentials file cannot hold: with a line end, or blanks around it.
    case passwordNotKept
    /// The shell would have replaced something in `credString`.
    case shellExpansion
    /// An option of the client's, by its name.
    case clientOption(String)
    /// A word of the client's that is no option.
    case clientWord
    /// A port beside a socket.
    case portBesideSocket
    /// A database account that the server knows by the user of the machine; Remanso connects as root.
    case otherUser(String)
    /// Longer than Remanso holds an application, in seconds.
    case timeout(limit: Int)
    /// The folder of the client programs.
    case commandPath
    /// The folder of a file by which two processes spoke.
    case ipcFolder
    /// The folder of the server's configuration.
    case configurationPath
    /// Only some databases of the server.
    case databases
    /// No backup of a primary.
    case enforceSlaveOnly
    /// SQL scripts of the administrator's own.
    case customScripts
    /// Backups of the database's log.
    case logBackup
    /// A key that nobody knows; `nil` where its name might be part of a secret.
    case unknownKey(String?)

    /// Where in `workload.conf` it stands.
    public var key: String {
        switch self {
        case .oracle: "workload_name"
        case .loginPath, .optionFile, .passwordAsked, .passwordNotKept, .shellExpansion, .clientOption, .clientWord,
            .portBesideSocket:
            "credString"
        case .otherUser: "linux_user"
        case .timeout: "timeout"
        case .commandPath: "command_path"
        case .ipcFolder: "ipc_folder"
        case .configurationPath: "configuration_path"
        case .databases: "dbnames"
        case .enforceSlaveOnly: "enforceSlaveOnly"
        case .customScripts: "customScriptEnabled"
        case .logBackup: "[logbackup]"
        case .unknownKey(let key): key ?? "?"
        }
    }

    /// What it is, and what to do instead, in English.
    public var english: String {
        switch self {
        case .oracle:
            "Remanso has no adapter for Oracle; use the pre-script and post-script of `examples/oracle`"
        case .loginPath(let file):
            "only MySQL's own client reads a login path; \(Self.english(file))"
        case .optionFile(let file):
            "Remanso reads no option file of the client's; \(Self.english(file))"
        case .passwordAsked(let file):
            "credString lets the client ask for the password, but nobody is there to answer; \(Self.english(file))"
        case .passwordNotKept:
            """
            the password begins or ends with a blank or holds a line end, which no credentials file can hold; give the \
            account another one
            """
        case .shellExpansion:
            """
            a shell would have replaced something in credString ($, ` or the like); what was written has it as it \
            stands, so look it through
            """
        case .clientOption(let name): "the option \(name) of the client in credString"
        case .clientWord: "a word in credString that is no option of the client's"
        case .portBesideSocket: "the port in credString, which means nothing where the client connects by a socket"
        case .otherUser(let user):
            """
            Remanso connects as root, not as \(user); an account that the server knows by the user of the machine needs \
            a password in a credentials file, or use the account root
            """
        case .timeout(let limit): "timeout is longer than an application is ever held; \(limit) s were written"
        case .commandPath: "command_path, because Remanso needs no client program to hold the database"
        case .ipcFolder: "ipc_folder, because the session that holds the database belongs to Remanso itself"
        case .configurationPath: "configuration_path, because the server itself is asked where its data is"
        case .databases: "dbnames, because the whole server is held and every database of it is in the recovery point"
        case .enforceSlaveOnly: "enforceSlaveOnly; Remanso holds a primary as well, so run it on the replica only"
        case .customScripts: "customScriptEnabled; SQL of your own belongs into a pre-script and a post-script"
        case .logBackup: "the section [logbackup]; Remanso makes recovery points, not backups of the database's log"
        case .unknownKey(let key): "\(key ?? "a line without a known key") means nothing to Azure's framework either"
        }
    }

    private static func english(_ file: String) -> String {
        "write the lines `user = …` and `password = …` to \(file) (mode 600), and remove the # before `credentials`"
    }

    /// In Spanish.
    public var spanish: String {
        switch self {
        case .oracle:
            "Remanso no tiene adaptador para Oracle; use los scripts anterior y posterior de `examples/oracle`"
        case .loginPath(let file):
            "solo el cliente de MySQL lee un login path; \(Self.spanish(file))"
        case .optionFile(let file):
            "Remanso no lee archivos de opciones del cliente; \(Self.spanish(file))"
        case .passwordAsked(let file):
            "con credString el cliente pediría la contraseña, pero no hay quien responda; \(Self.spanish(file))"
        case .passwordNotKept:
            """
            la contraseña empieza o termina con un espacio o contiene un fin de línea, lo que no cabe en un archivo de \
            credenciales; dé otra a la cuenta
            """
        case .shellExpansion:
            "un shell habría sustituido algo en credString ($, ` o similar); se ha escrito tal cual, así que revíselo"
        case .clientOption(let name): "la opción \(name) del cliente en credString"
        case .clientWord: "una palabra de credString que no es una opción del cliente"
        case .portBesideSocket: "el puerto de credString, que no significa nada si el cliente se conecta por un socket"
        case .otherUser(let user):
            """
            Remanso se conecta como root, no como \(user); una cuenta que el servidor reconoce por el usuario de la \
            máquina necesita una contraseña en un archivo de credenciales, o use la cuenta root
            """
        case .timeout(let limit): "timeout supera lo que se retiene una aplicación; se han escrito \(limit) s"
        case .commandPath:
            "command_path, porque Remanso no necesita ningún programa cliente para retener la base de datos"
        case .ipcFolder: "ipc_folder, porque la sesión que retiene la base de datos es del propio Remanso"
        case .configurationPath: "configuration_path, porque se pregunta al propio servidor dónde están sus datos"
        case .databases:
            "dbnames, porque se retiene todo el servidor y el punto de recuperación contiene todas sus bases de datos"
        case .enforceSlaveOnly:
            "enforceSlaveOnly; Remanso retiene también un primario, así que úselo solo en la réplica"
        case .customScripts: "customScriptEnabled; el SQL propio va en un script anterior y uno posterior"
        case .logBackup:
            "la sección [logbackup]; Remanso crea puntos de recuperación, no copias del registro de la base de datos"
        case .unknownKey(let key):
            "\(key ?? "una línea sin clave conocida"), que tampoco significa nada para el marco de Azure"
        }
    }

    private static func spanish(_ file: String) -> String {
        "escriba las líneas `user = …` y `password = …` en \(file) (permiso 600) y quite la # que precede a `credentials`"
    }
}
