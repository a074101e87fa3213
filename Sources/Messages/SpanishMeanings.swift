extension Spanish {
    /// What a code means in general. The ten errors of the seed documents keep the documents' sentence.
    static func meaning(of problem: Problem) -> String {
        switch problem {
        // The script framework.
        case .scriptExecutionFailed(.pre, _, _):
            """
            El script anterior devolvió un error por lo que puede que la copia de seguridad no sea coherente con la \
            aplicación.
            """
        case .scriptExecutionFailed(.post, _, _):
            "El script posterior devolvió un error que podría afectar al estado de la aplicación."
        case .scriptNotFound(let phase, _, _):
            """
            No se encontró el \(name(phase)) en la ubicación especificada en el archivo de configuración \
            VMSnapshotScriptPluginConfig.json.
            """
        case .scriptPermission:
            """
            Para ejecutar scripts, el usuario "raíz" (root) debe ser el propietario del archivo y este debe tener \
            permisos "700", es decir, solo el propietario tiene permisos de "lectura", "escritura" y "ejecución".
            """
        case .scriptTimeout(let phase, _, _):
            """
            La ejecución del \(name(phase)) de la copia de seguridad coherente con la aplicación ha superado el tiempo \
            de espera.
            """
        case .pluginHostFile:
            """
            El archivo de Pluginhost está dañado por lo que no se puede ejecutar el script anterior ni el posterior y \
            la copia de seguridad no será coherente con la aplicación.
            """
        case .pluginHostMissing:
            """
            Falta el archivo de Pluginhost por lo que no se puede ejecutar el script anterior ni el posterior y la \
            copia de seguridad no será coherente con la aplicación.
            """
        case .pluginHostPermission:
            """
            Usuarios distintos de root pueden modificar el archivo de Pluginhost por lo que no se puede ejecutar el \
            script anterior ni el posterior y la copia de seguridad no será coherente con la aplicación.
            """
        case .scriptConfig:
            """
            El archivo VMSnapshotScriptPluginConfig.json es incorrecto por lo que no se puede ejecutar el script \
            anterior ni el posterior y la copia de seguridad no será coherente con la aplicación.
            """
        case .scriptConfigMissing:
            """
            Falta el archivo VMSnapshotScriptPluginConfig.json por lo que no se puede ejecutar el script anterior ni \
            el posterior y la copia de seguridad no será coherente con la aplicación.
            """
        case .scriptConfigPermission:
            """
            Para ejecutar sus scripts, el archivo VMSnapshotScriptPluginConfig.json debe pertenecer al usuario "raíz" \
            (root) y tener permisos "600", es decir, solo el propietario tiene permisos de "lectura" y "escritura".
            """
        case .unknownKey: "Un archivo de configuración del marco de scripts contiene una clave que Remanso no conoce."
        case .unexpectedPluginName: "El valor de pluginName en VMSnapshotScriptPluginConfig.json no es ScriptRunner."
        case .timeoutClamped: "El valor de timeoutInSeconds de los scripts supera el límite, que se usa en su lugar."
        case .noPlugins: "El archivo de Pluginhost no nombra ningún complemento, así que no se ejecuta ningún script."
        case .configNotInPluginHost:
            "El archivo de Pluginhost no nombra la configuración de los scripts, así que no se ejecutan."
        case .freezeSettings: "El archivo con los ajustes de la congelación, vmbackup.conf, es incorrecto."
        case .workloadFile:
            "No se pueden adoptar los ajustes del marco de Azure para bases de datos; no se ha escrito nada."
        case .scriptLeftProcesses: "Un script terminó pero dejó procesos en marcha, a los que Remanso puso fin."

        // Freezing.
        case .freezeFailed: "No se pudo congelar un volumen."
        case .freezeDeadlineExceeded:
            "La congelación llegó a su límite de tiempo y se deshizo antes de que la instantánea estuviera completa."
        case .mountCannotBeOpened: "No se pudo abrir el punto de montaje de un volumen."
        case .foreignFreeze: "Otro programa ya había congelado un volumen; Remanso deja esa congelación como está."
        case .freezeLost: "Otro programa descongeló un volumen antes de que su instantánea estuviera completa."
        case .freezerDied:
            "El proceso que mantiene la congelación murió; Remanso descongeló enseguida todos los volúmenes."
        case .freezerMissing: "No se encontró el programa remanso-freezer, que mantiene la congelación."
        case .mountVanished: "Un volumen se desmontó o se volvió a montar después de planificar la ejecución."
        case .thawFailed: "No se pudo descongelar un volumen: los programas que escriben en él están detenidos."

        // Freeze risks.
        case .permissionListener:
            """
            Un programa que debe autorizar cada acceso a los archivos (fanotify) podría quedarse detenido durante la \
            congelación.
            """
        case .swapFileOnVolume: "Hay un archivo de intercambio en un volumen que se va a congelar."
        case .auditLogOnVolume: "El registro de auditd está en un volumen que se va a congelar."
        case .loopImageOnVolume:
            "Un volumen está montado desde un archivo de imagen que está en otro volumen que se va a congelar."
        case .vaultOnVolume: "El almacén está en un volumen del que se hace copia de seguridad."
        case .stateOnVolume: "Remanso guarda sus propios archivos en un volumen que se va a congelar."

        // Volumes and snapshots.
        case .volumeNotFound: "Una ruta no es el punto de montaje de un sistema de archivos."
        case .volumeUnsupported: "Remanso no puede hacer copia de seguridad del sistema de archivos de un volumen."
        case .noVolumes: "No hay ningún volumen del que hacer copia de seguridad."
        case .unknownProvider: "No existe ningún proveedor de instantáneas con ese nombre."
        case .providerUnsuitable: "El proveedor de instantáneas elegido no se puede usar con un volumen."
        case .snapshotFailed: "No se pudo hacer la instantánea de un volumen."
        case .snapshotNotReleased:
            "No se pudo eliminar una instantánea después de la ejecución y sigue ocupando espacio."
        case .nestedSubvolumes: "Un volumen btrfs contiene subvolúmenes anidados, que su instantánea no incluye."
        case .noCommonInstant:
            "No se pueden tomar las instantáneas de los volúmenes de esta ejecución en un mismo instante."
        case .copyTakesLong:
            "Un volumen no permite instantáneas rápidas: sus archivos se copian mientras la aplicación espera."
        case .changedDuringCopy: "Hubo archivos que cambiaron mientras se copiaban."
        case .changesTooFast: "Un volumen cambia más deprisa de lo que se puede leer."
        case .imageNotTrusted: "Puede que la imagen de un volumen no sea lo que el volumen era."

        // The vault.
        case .resticMissing: "No se encontró el programa restic, que gestiona el almacén."
        case .resticTooOld: "La versión instalada de restic es demasiado antigua."
        case .vaultMissing: "No hay ningún almacén en el lugar indicado."
        case .vaultUnreachable: "No se puede acceder al almacén."
        case .vaultWrongPassword: "No se puede abrir el almacén con la contraseña del archivo de contraseña."
        case .vaultPasswordUnusable: "No se puede usar el archivo de contraseña del almacén."
        case .vaultEnvironmentUnusable: "No se puede usar el archivo de entorno del almacén."
        case .vaultLocked: "Otro programa tiene bloqueado el almacén."
        case .vaultFull: "No queda espacio para el almacén."
        case .vaultDamaged: "El almacén está dañado."
        case .vaultFailed: "El almacén no pudo hacer su trabajo."
        case .vaultIncomplete: "No se pudo guardar todo en el almacén."
        case .imageIncomplete: "Se iba a terminar una imagen de la que faltaba por guardar una parte."
        case .imagePathTaken: "Las imágenes de dos volúmenes tendrían la misma ruta en el almacén."
        case .vaultKeyMade:
            "Se ha creado una clave nueva para el almacén; sin ella nadie puede leer los puntos de recuperación."
        case .rcloneMissing: "No se encontró el programa rclone, con el que Remanso accede al almacén."

        // Tracking of changed blocks.
        case .trackingImpossible:
            "Este núcleo o este volumen no permite que Remanso anote qué bloques se escriben."
        case .trackingFailed: "No se pudieron empezar, leer o terminar las notas de los bloques escritos."
        case .trackingBusy: "Solo un proceso a la vez puede usar las notas de los bloques cambiados de un volumen."
        case .everythingRead:
            "No se podía confiar en las notas de los bloques escritos, y por eso se leyó el volumen entero."

        // Applications.
        case .application(_, let fault): meaning(of: fault)
        case .drillFailed(_, let fault): meaning(of: fault)

        // Recovery points.
        case .recoveryPointNotFound: "No existe ese punto de recuperación."
        case .recoveryPointAmbiguous: "Varios puntos de recuperación empiezan por el identificador indicado."
        case .noRecoveryPoints: "El almacén todavía no contiene ningún punto de recuperación."
        case .recoveryPointDamaged: "Un punto de recuperación está dañado."
        case .volumeNotInRecoveryPoint: "El punto de recuperación no contiene el volumen pedido."
        case .pathNotInRecoveryPoint: "El punto de recuperación no contiene la ruta pedida."
        case .restoreWouldOverwrite: "Ya existen archivos donde se iban a restaurar otros; no se ha restaurado nada."
        case .restoreTargetUnusable: "No se puede usar la carpeta en la que restaurar."
        case .volumeNotAnImage: "El volumen se guardó como archivos y no hay ninguna imagen que restaurar."
        case .deviceWouldBeOverwritten:
            "Restaurar en un dispositivo sustituye todo su contenido y nadie lo ha aceptado."
        case .cannotMount: "No se puede montar un punto de recuperación en la carpeta indicada."
        case .mountInUse: "Un punto de recuperación montado sigue en uso."
        case .notMounted: "Remanso no ha montado nada en la carpeta indicada."

        // Configuration and usage.
        case .configuration: "Un valor de remanso.yaml no se puede usar."
        case .configurationUnreadable: "No se puede leer el archivo remanso.yaml."
        case .wrongUsage: "No se entiende la línea de comandos."
        case .notRoot: "Solo root puede hacer esto."
        case .fileExists: "Un archivo que se iba a escribir ya existe y se ha dejado como estaba."
        case .cannotWrite: "No se puede escribir un archivo."

        // The run.
        case .alreadyRunning: "Hay otra ejecución de Remanso en curso; no se ha hecho nada."
        case .interrupted: "Una señal interrumpió la ejecución; se deshizo todo lo que había empezado."
        case .levelNotReached: "La copia de seguridad no alcanzó el nivel de coherencia exigido."
        case .recoveredEarlierRun: "Una ejecución anterior se había interrumpido; se ha deshecho lo que había dejado."
        case .earlierRunNotUndone: "No se pudo deshacer lo que dejó una ejecución anterior."
        case .systemCall: "El sistema rechazó una operación."
        }
    }
}
