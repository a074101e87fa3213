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
            Azure's extension: the framework for databases (workload.conf) failed. Remanso reports 501, 504 to 506 and \
            508 to 510 of these numbers, each with an entry of its own.
            """
        case (.workload, .es):
            """
            Extensión de Azure: falló el marco para bases de datos (workload.conf). De estos números, Remanso notifica \
            501, 504 a 506 y 508 a 510, cada uno con su propia entrada.
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
            "Name its database under `applications` in remanso.yaml: `remanso init --from-azure` writes that."
        case (.workload, .es):
            "Indique su base de datos en `applications` de remanso.yaml: `remanso init --from-azure` lo escribe."
        }
    }
}
