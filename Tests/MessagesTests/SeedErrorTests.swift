import Messages
import Testing

/// The ten errors of the seed documents' troubleshooting table.
@Suite struct SeedErrorTests {
    struct Row: Sendable {
        let name: String
        let number: Int
        let problem: Problem
        let message: String
        let action: String
        let english: [String]
    }

    static let config = "/etc/azure/VMSnapshotScriptPluginConfig.json"

    static let rows = [
        Row(
            name: "Pre-ScriptExecutionFailed", number: 300,
            problem: .scriptExecutionFailed(.pre, path: "/pre.sh", ending: .exited(1)),
            message: """
                El script anterior devolvió un error por lo que puede que la copia de seguridad no sea coherente con \
                la aplicación.
                """,
            action: "Examine los registros de error del script para corregir el problema.",
            english: ["pre-script", "returned an error", "may not be application-consistent", "/pre.sh", "status 1"]),
        Row(
            name: "Post-ScriptExecutionFailed", number: 301,
            problem: .scriptExecutionFailed(.post, path: "/post.sh", ending: .exited(1)),
            message: "El script posterior devolvió un error que podría afectar al estado de la aplicación.",
            action: """
                Examine los registros de error del script para corregir el problema y compruebe el estado de la \
                aplicación.
                """,
            english: ["post-script", "returned an error", "affect the state of the application", "/post.sh"]),
        Row(
            name: "Pre-ScriptNotFound", number: 302,
            problem: .scriptNotFound(.pre, path: "/pre.sh", key: "preScriptLocation"),
            message: """
                No se encontró el script anterior en la ubicación especificada en el archivo de configuración \
                VMSnapshotScriptPluginConfig.json.
                """,
            action: "Asegúrese de que el script anterior está en la ruta de acceso especificada",
            english: ["pre-script was not found", "VMSnapshotScriptPluginConfig.json", "preScriptLocation", "/pre.sh"]),
        Row(
            name: "Post-ScriptNotFound", number: 303,
            problem: .scriptNotFound(.post, path: "/post.sh", key: "postScriptLocation"),
            message: """
                No se encontró el script posterior en la ubicación especificada en el archivo de configuración \
                VMSnapshotScriptPluginConfig.json.
                """,
            action: "Asegúrese de que el script posterior está en la ruta de acceso especificada",
            english: ["post-script was not found", "VMSnapshotScriptPluginConfig.json", "postScriptLocation"]),
        Row(
            name: "IncorrectPluginhostFile", number: 304,
            problem: .pluginHostFile(path: "/etc/azure/VMSnapshotPluginHost.conf", fault: .missing(key: "pre_post")),
            message: """
                El archivo de Pluginhost está dañado por lo que no se puede ejecutar el script anterior ni el \
                posterior y la copia de seguridad no será coherente con la aplicación.
                """,
            action: "Corrija el archivo",
            english: ["Pluginhost", "neither the pre-script nor the post-script can be run", "pre_post"]),
        Row(
            name: "IncorrectJSONConfigFile", number: 305,
            problem: .scriptConfig(path: config, fault: .wrongType(key: "preScriptParams", expected: .stringArray)),
            message: """
                El archivo VMSnapshotScriptPluginConfig.json es incorrecto por lo que no se puede ejecutar el script \
                anterior ni el posterior y la copia de seguridad no será coherente con la aplicación.
                """,
            action: "configúrela de nuevo",
            english: ["is incorrect", "neither the pre-script nor the post-script can be run", "preScriptParams"]),
        Row(
            name: "InsufficientPermissionforPre-Script", number: 306,
            problem: .scriptPermission(.pre, fault: .tooOpen(path: "/pre.sh", mode: "755")),
            message: """
                debe ser el propietario del archivo y este debe tener permisos "700", es decir, solo el propietario \
                tiene permisos de "lectura", "escritura" y "ejecución".
                """,
            action: #"solo el "propietario" tiene permisos de "lectura", "escritura" y "ejecución"."#,
            english: [#""root" must be the owner"#, #""700""#, #""read", "write" and "execute""#, "/pre.sh", "755"]),
        Row(
            name: "InsufficientPermissionforPost-Script", number: 307,
            problem: .scriptPermission(.post, fault: .notOwnedByRoot(path: "/post.sh", owner: 1000)),
            message: """
                debe ser el propietario del archivo y este debe tener permisos "700", es decir, solo el propietario \
                tiene permisos de "lectura", "escritura" y "ejecución".
                """,
            action: #"solo el "propietario" tiene permisos de "lectura", "escritura" y "ejecución"."#,
            english: [#""root" must be the owner"#, #""700""#, "/post.sh", "1000"]),
        Row(
            name: "Pre-ScriptTimeout", number: 308,
            problem: .scriptTimeout(.pre, path: "/pre.sh", seconds: 30),
            message: """
                La ejecución del script anterior de la copia de seguridad coherente con la aplicación ha superado el \
                tiempo de espera.
                """,
            action: "Compruebe el script y aumente el tiempo de espera",
            english: ["pre-script", "timed out", "/pre.sh", "30 seconds"]),
        Row(
            name: "Post-ScriptTimeout", number: 309,
            problem: .scriptTimeout(.post, path: "/post.sh", seconds: 1),
            message: """
                La ejecución del script posterior de la copia de seguridad coherente con la aplicación ha superado el \
                tiempo de espera.
                """,
            action: "Compruebe el script y aumente el tiempo de espera",
            english: ["post-script", "timed out", "/post.sh", "1 second "]),
    ]

    @Test(arguments: rows)
    func keepsTheDocumentsWords(_ row: Row) {
        #expect(row.problem.code.name == row.name)
        #expect(row.problem.code.number == row.number)
        #expect(row.problem.message(in: .es).contains(row.message))
        #expect(row.problem.action(in: .es).contains(row.action))
        for words in row.english { #expect(row.problem.message(in: .en).contains(words)) }
    }

    @Test func theTimeoutIsRaisedWhereTheDocumentsSay() {
        for language in Language.allCases {
            let action = Problem.scriptTimeout(.pre, path: "/pre.sh", seconds: 30).action(in: language)
            for word in ["VMSnapshotScriptPluginConfig.json", "/etc/azure", "timeoutInSeconds", "1800"] {
                #expect(action.contains(word))
            }
        }
    }

    @Test(arguments: Language.allCases)
    func anEmptyLocationIsSaidToBeEmpty(_ language: Language) {
        let message = Problem.scriptNotFound(.pre, path: "", key: "preScriptLocation").message(in: language)
        #expect(message.contains("preScriptLocation"))
        expectGoodText(message)
    }
}
