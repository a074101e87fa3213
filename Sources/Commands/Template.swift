internal import Configuration
internal import Messages
internal import Vault

/// The files that `remanso init` writes.
enum Template {
    /// `remanso.yaml` with the places that the command line names.
    static func configuration(_ settings: Settings, _ language: Language) -> String {
        let text = Configuration.template(language)
        guard settings.vaultIsNamed else { return text }
        let location = settings.vaultLocation
        let repository = location.localFolder ?? location.repository
        return text.replacing("#vault:", with: "vault:")
            .replacing(
                "#  repository: \(Settings.defaultVault)", with: "  repository: \(Configuration.quoted(repository))"
            )
            .replacing(
                "#  passwordFile: \(Settings.defaultPasswordFile)",
                with: "  passwordFile: \(Configuration.quoted(location.passwordFile))")
    }

    /// The script framework's configuration with every key at its default.
    static func scriptConfig(pre: String, post: String) -> String {
        """
        {
            "pluginName": "ScriptRunner",
            "preScriptLocation": "\(pre)",
            "postScriptLocation": "\(post)",
            "preScriptParams": [],
            "postScriptParams": [],
            "preScriptNoOfRetries": 0,
            "postScriptNoOfRetries": 0,
            "timeoutInSeconds": 30,
            "continueBackupOnFailure": true,
            "fsFreezeEnabled": true,
            "ScriptsExecutionPollTimeSeconds": 2
        }

        """
    }

    /// Fails until it is edited: a script that does nothing would let every recovery point claim a level that nobody
    /// has seen to.
    static func preScript(_ language: Language) -> String {
        switch language {
        case .en:
            """
            #!/bin/sh
            # Runs as root just before the snapshot. Bring the application to rest here, for example:
            #   runuser -u postgres -- psql -q -c CHECKPOINT
            # REMANSO_VOLUMES names the volumes. Whatever is printed is kept in the report.
            # Without such a script, delete VMSnapshotScriptPluginConfig.json: backups are file-system-consistent then.
            echo "remanso-pre.sh does nothing yet: edit it, and remove these two lines" >&2
            exit 1

            """
        case .es:
            """
            #!/bin/sh
            # Se ejecuta como root justo antes de la instantánea. Ponga aquí la aplicación en reposo, por ejemplo:
            #   runuser -u postgres -- psql -q -c CHECKPOINT
            # REMANSO_VOLUMES nombra los volúmenes. Todo lo que se escriba se guarda en el informe.
            # Si no hace falta, borre VMSnapshotScriptPluginConfig.json: la copia será coherente con el sistema de archivos.
            echo "remanso-pre.sh aún no hace nada: edítelo y quite estas dos líneas" >&2
            exit 1

            """
        }
    }

    static func postScript(_ language: Language) -> String {
        switch language {
        case .en:
            """
            #!/bin/sh
            # Runs as root just after the snapshot, also when the pre-script or the snapshot failed. Let the application go
            # on here. REMANSO_PRE_RESULT is ok, failed or timeout; REMANSO_SNAPSHOT_RESULT is ok, failed or none.
            exit 0

            """
        case .es:
            """
            #!/bin/sh
            # Se ejecuta como root justo después de la instantánea, también si el script anterior o la instantánea fallan.
            # Deje aquí que la aplicación continúe. REMANSO_PRE_RESULT es ok, failed o timeout; REMANSO_SNAPSHOT_RESULT
            # es ok, failed o none.
            exit 0

            """
        }
    }
}
