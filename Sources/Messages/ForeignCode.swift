/// Codes of the reference that Remanso never emits, but that people who come from it will look up.
enum ForeignCode: CaseIterable {
    case hostGaveUpOnPre
    case hostGaveUpOnPost
    case commandTooLate
    case workload

    /// The reference's own name; `WorkloadError` stands for all of a range.
    var name: String {
        switch self {
        case .hostGaveUpOnPre: "FailedPrepostPluginhostPreTimeout"
        case .hostGaveUpOnPost: "FailedPrepostPluginhostPostTimeout"
        case .commandTooLate: "FailedGuestAgentInvokedCommandTooLate"
        case .workload: "WorkloadError"
        }
    }

    var numbers: ClosedRange<Int> {
        switch self {
        case .hostGaveUpOnPre: 310...310
        case .hostGaveUpOnPost: 311...311
        case .commandTooLate: 402...402
        case .workload: 500...512
        }
    }

    func meaning(in language: Language) -> String {
        switch (self, language) {
        case (.hostGaveUpOnPre, .en):
            """
            Azure's extension: the plug-in host gave up waiting for the pre-script. Remanso never reports this: it \
            runs the script itself, with no host in between.
            """
        case (.hostGaveUpOnPre, .es):
            """
            Extensión de Azure: el host de complementos dejó de esperar al script anterior. Remanso no lo notifica \
            nunca: ejecuta el script él mismo, sin ningún host intermedio.
            """
        case (.hostGaveUpOnPost, .en):
            """
            Azure's extension: the plug-in host gave up waiting for the post-script. Remanso never reports this: it \
            runs the script itself, with no host in between.
            """
        case (.hostGaveUpOnPost, .es):
            """
            Extensión de Azure: el host de complementos dejó de esperar al script posterior. Remanso no lo notifica \
            nunca: ejecuta el script él mismo, sin ningún host intermedio.
            """
        case (.commandTooLate, .en):
            """
            Azure's extension: the command to back up reached the machine too late. Remanso never reports this: it is \
            started on the machine itself.
            """
        case (.commandTooLate, .es):
            """
            Extensión de Azure: la orden de hacer la copia llegó demasiado tarde a la máquina. Remanso no lo notifica \
            nunca: se inicia en la propia máquina.
            """
        case (.workload, .en):
            """
            Azure's extension: the framework for databases (workload.conf) failed. Remanso never reports this: it \
            brings a database to rest with your pre-script and post-script.
            """
        case (.workload, .es):
            """
            Extensión de Azure: falló el marco para bases de datos (workload.conf). Remanso no lo notifica nunca: \
            lleva la base de datos al reposo con su script anterior y su script posterior.
            """
        }
    }

    func action(in language: Language) -> String {
        switch (self, language) {
        case (.hostGaveUpOnPre, .en):
            "A pre-script that takes too long is Pre-ScriptTimeout here: `remanso explain 308`."
        case (.hostGaveUpOnPre, .es):
            "Un script anterior que tarda demasiado es aquí Pre-ScriptTimeout: `remanso explain 308`."
        case (.hostGaveUpOnPost, .en):
            "A post-script that takes too long is Post-ScriptTimeout here: `remanso explain 309`."
        case (.hostGaveUpOnPost, .es):
            "Un script posterior que tarda demasiado es aquí Post-ScriptTimeout: `remanso explain 309`."
        case (.commandTooLate, .en):
            "A run that finds another one under way is AlreadyRunning here: `remanso explain 680`."
        case (.commandTooLate, .es):
            "Una ejecución que encuentra otra en curso es aquí AlreadyRunning: `remanso explain 680`."
        case (.workload, .en):
            "An error of those scripts is 300 to 309 here: `remanso explain 300`."
        case (.workload, .es):
            "Un error de esos scripts es aquí del 300 al 309: `remanso explain 300`."
        }
    }
}
