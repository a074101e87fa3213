extension Spanish {
    /// What happened. The ten errors of the seed documents begin with the documents' own sentence.
    static func message(of problem: Problem) -> String {
        switch problem {
        // The script framework.
        case .scriptExecutionFailed(_, let path, let ending): "\(meaning(of: problem)) \(sentence(path, ending))"
        case .scriptNotFound(_, let path, let key):
            path.isEmpty
                ? "\(meaning(of: problem)) Allí \(key) está vacío."
                : "\(meaning(of: problem)) \(key) nombra \(path), y ese archivo no existe."
        case .scriptPermission(_, let fault): "\(meaning(of: problem)) \(sentence(fault))"
        case .scriptTimeout(_, let path, let seconds):
            """
            \(meaning(of: problem)) Al cabo de \(count(seconds, "segundo", "segundos")), \(path) no había terminado \
            bien; se le puso fin junto con todos los procesos que había iniciado.
            """
        case .pluginHostFile(let path, let fault): "\(meaning(of: problem)) \(sentence(path, fault))"
        case .pluginHostMissing(let path): "\(meaning(of: problem)) No existe el archivo \(path)."
        case .pluginHostPermission(let fault): "\(meaning(of: problem)) \(sentence(fault))"
        case .scriptConfig(let path, let fault): "\(meaning(of: problem)) \(sentence(path, fault))"
        case .scriptConfigMissing(let path): "\(meaning(of: problem)) No existe el archivo \(path)."
        case .scriptConfigPermission(let fault): "\(meaning(of: problem)) \(sentence(fault))"
        case .unknownKey(let path, let key):
            "\(path) contiene la clave \(key), que Remanso no conoce y no tiene en cuenta."
        case .unexpectedPluginName(let path, let name):
            "En \(path), pluginName vale «\(name)»; debería quedarse en «ScriptRunner»."
        case .timeoutClamped(let path, let seconds, let limit):
            """
            En \(path), timeoutInSeconds vale \(seconds), por encima del límite; se usarán \
            \(count(limit, "segundo", "segundos")).
            """
        case .noPlugins(let path):
            """
            \(path) no nombra ningún complemento (numberOfPlugins vale 0), así que no se ejecuta ningún script y la \
            copia de seguridad no será coherente con la aplicación.
            """
        case .configNotInPluginHost(let config, let host):
            """
            \(config) no está entre los archivos de configuración que nombra \(host), así que sus scripts no se \
            ejecutan.
            """
        case .freezeSettings(let path, let fault): "\(meaning(of: problem)) \(sentence(path, fault))"
        case .workloadFile(let path, let fault): "\(meaning(of: problem)) \(sentence(path, fault))"
        case .scriptLeftProcesses(let phase, let path, let number):
            """
            El \(name(phase)) \(path) terminó pero dejó en marcha \(count(number, "proceso, al", "procesos, a los")) \
            que Remanso puso fin.
            """

        // Freezing.
        case .freezeFailed(let volume, let reason): "No se pudo congelar \(volume): \(Wording.stripped(reason))."
        case .freezeDeadlineExceeded(let milliseconds):
            "La congelación duraba ya \(milliseconds) ms y se deshizo antes de que la instantánea estuviera completa."
        case .mountCannotBeOpened(let volume, let reason):
            "No se pudo abrir el punto de montaje \(volume): \(Wording.stripped(reason))."
        case .foreignFreeze(let volume):
            "Otro programa ya había congelado \(volume). Remanso ha dejado esa congelación como estaba."
        case .freezeLost(let volume):
            """
            Otro programa descongeló \(volume) antes de que su instantánea estuviera completa, así que esta no se ha \
            usado.
            """
        case .freezerDied:
            """
            El proceso que mantiene la congelación, remanso-freezer, murió. Remanso descongeló enseguida todos los \
            volúmenes.
            """
        case .freezerMissing(let path):
            "El programa remanso-freezer, que mantiene la congelación, no está en \(path)."
        case .mountVanished(let volume):
            "\(volume) se desmontó o se volvió a montar después de planificar la ejecución, así que no se congeló."
        case .thawFailed(let volume, let reason):
            """
            No se pudo descongelar \(volume): \(Wording.stripped(reason)). Mientras siga congelado, todo programa que \
            escriba en él queda detenido.
            """

        // Freeze risks.
        case .permissionListener(let process, let volume):
            """
            \(process) debe autorizar cada acceso a los archivos (fanotify). Si él mismo escribe en \(volume), queda \
            detenido mientras el volumen está congelado y, con él, todo programa que espere su respuesta.
            """
        case .swapFileOnVolume(let file, let volume):
            """
            El archivo de intercambio \(file) está en \(volume). Mientras el volumen está congelado, la máquina puede \
            detenerse en cuanto necesite intercambiar memoria.
            """
        case .auditLogOnVolume(let volume):
            """
            El registro de auditd está en \(volume). Mientras el volumen está congelado, puede quedar detenido todo \
            programa cuyas acciones se auditen.
            """
        case .loopImageOnVolume(let inner, let outer):
            """
            \(inner) está montado desde un archivo de imagen que está en \(outer). Mientras \(outer) está congelado, \
            tampoco se puede escribir en \(inner).
            """
        case .vaultOnVolume(let repository, let volume):
            """
            El almacén \(repository) está en \(volume), del que se hace copia de seguridad: quien pierda el volumen \
            perderá también sus puntos de recuperación.
            """
        case .stateOnVolume(let folder, let volume):
            """
            Remanso guarda sus propios archivos en \(folder), en \(volume): no podría trabajar mientras esté \
            congelado.
            """

        // Volumes and snapshots.
        case .volumeNotFound(let path): "\(path) no es el punto de montaje de un sistema de archivos."
        case .volumeUnsupported(let volume, let filesystem):
            "Remanso no puede hacer copia de seguridad del sistema de archivos de \(volume) (\(filesystem))."
        case .noVolumes:
            """
            No hay ningún volumen del que hacer copia de seguridad: no se indicó ninguno y no se encontró ninguno que \
            no esté excluido.
            """
        case .unknownProvider(let name, let known):
            """
            No existe el proveedor de instantáneas «\(name)». Los conocidos son \(known.joined(separator: ", ")).
            """
        case .providerUnsuitable(let provider, let volume, let reason):
            "El proveedor de instantáneas \(provider) no se puede usar con \(volume): \(reason.text(in: .es))."
        case .snapshotFailed(let provider, let volume, let reason):
            "No se pudo hacer la instantánea de \(volume) con el proveedor \(provider): \(Wording.stripped(reason))."
        case .snapshotNotReleased(let provider, let volume, let reason):
            """
            No se pudo eliminar la instantánea de \(volume) hecha con el proveedor \(provider): \
            \(Wording.stripped(reason)). Sigue ocupando espacio.
            """
        case .nestedSubvolumes(let volume, let number):
            """
            \(volume) contiene \(count(number, "subvolumen btrfs anidado", "subvolúmenes btrfs anidados")). La \
            instantánea del volumen no los incluye, y el punto de recuperación tampoco.
            """
        case .noCommonInstant(let volumes):
            """
            No se pueden tomar las instantáneas de los volúmenes \(volumes.joined(separator: ", ")) en un mismo instante: \
            cada uno es coherente por sí solo, y una aplicación que escribe en varios solo lo es mientras su script \
            anterior la mantiene en reposo.
            """
        case .copyTakesLong(let volume):
            """
            \(volume) no permite instantáneas rápidas, así que sus archivos se copian mientras la aplicación espera a \
            su script posterior: la pausa dura lo que dure la copia.
            """
        case .changedDuringCopy(let volume, let example, let number):
            """
            En \(volume), \
            \(count(number, "archivo cambió mientras se copiaba", "archivos cambiaron mientras se copiaban")), por \
            ejemplo \(example). Puede que lo copiado no encaje entre sí.
            """
        case .changesTooFast(let volume, let rate, let left, let limit):
            """
            \(volume) cambia más deprisa de lo que se puede leer: \(rate) MB por segundo. Habrían quedado \(left) MB \
            para la congelación, y caben como mucho \(limit) MB.
            """
        case .imageNotTrusted(let volume, nil):
            "Se escribió en \(volume) mientras estaba congelado, así que su imagen no es de un solo instante."
        case .imageNotTrusted(let volume, let doubt?):
            "No se puede confiar en la imagen de \(volume): \(Wording.stripped(doubt.text(in: .es)))."

        // The vault.
        case .resticMissing: "No se encontró el programa restic, que gestiona el almacén."
        case .resticTooOld(let version, let needed):
            "La versión instalada de restic es la \(version); Remanso necesita la \(needed) o una más reciente."
        case .vaultMissing(let repository): "No hay ningún almacén en \(repository)."
        case .vaultUnreachable(let repository, let reason):
            "No se puede acceder al almacén \(repository): \(Wording.stripped(reason))."
        case .vaultWrongPassword(let repository, let file):
            "El almacén \(repository) no se puede abrir con la contraseña de \(file)."
        case .vaultPasswordUnusable(let path, let reason):
            "No se puede usar el archivo de contraseña del almacén, \(path): \(Wording.stripped(reason))."
        case .vaultEnvironmentUnusable(let path, let reason):
            "No se puede usar el archivo de entorno del almacén, \(path): \(Wording.stripped(reason))."
        case .vaultLocked(let repository, let holder):
            holder.isEmpty
                ? "El almacén \(repository) está bloqueado."
                : "El almacén \(repository) está bloqueado por \(Wording.stripped(holder))."
        case .vaultFull(let repository): "No queda espacio para el almacén \(repository)."
        case .vaultDamaged(let repository, let detail):
            "El almacén \(repository) está dañado: \(Wording.stripped(detail))."
        case .vaultFailed(let repository, let detail):
            "El almacén \(repository) no pudo hacer su trabajo: \(Wording.stripped(detail))."
        case .vaultIncomplete(let path):
            path.isEmpty
                ? meaning(of: problem)
                : "No se pudo guardar todo en el almacén: \(path) no se pudo leer por completo."
        case .imageIncomplete(let path, let offset):
            path.isEmpty
                ? meaning(of: problem)
                : "Se iba a terminar la imagen \(path), pero desde el byte \(offset) falta una parte."
        case .imagePathTaken(let path):
            path.isEmpty
                ? meaning(of: problem) : "La imagen \(path) tiene la ruta de otra imagen o de una carpeta de imágenes."
        case .vaultKeyMade(let path):
            """
            Se ha escrito una clave nueva para el almacén en \(path). Sin ella nadie puede leer los puntos de \
            recuperación, ni siquiera usted.
            """
        case .rcloneMissing(let repository):
            "No se encontró el programa rclone, con el que Remanso accede al almacén \(repository)."

        // Tracking of changed blocks.
        case .trackingImpossible(let volume, let obstacle):
            "No se pueden seguir los bloques cambiados en \(volume): \(Wording.stripped(obstacle.text(in: .es)))."
        case .trackingFailed(let volume, let reason):
            "El seguimiento de bloques cambiados en \(volume) falló: \(Wording.stripped(reason))."
        case .trackingBusy(let volume): "Otro proceso está usando el seguimiento de bloques cambiados en \(volume)."
        case .everythingRead(let volume, let doubt):
            "Se leyó y comparó todo el contenido de \(volume), porque \(Wording.stripped(doubt.text(in: .es)))."

        // Applications.
        case .application(let name, let fault): message(of: fault, name)
        case .drillFailed(let name, let fault): message(of: fault, name)

        // Recovery points.
        case .recoveryPointNotFound(let id): "No existe el punto de recuperación \(id)."
        case .recoveryPointAmbiguous(let id, let matches):
            "Varios puntos de recuperación empiezan por \(id): \(matches.joined(separator: ", "))."
        case .noRecoveryPoints(let repository):
            "El almacén \(repository) todavía no contiene ningún punto de recuperación."
        case .recoveryPointDamaged(let id, let detail):
            "El punto de recuperación \(id) está dañado: \(Wording.stripped(detail))."
        case .volumeNotInRecoveryPoint(let volume, let id, let known):
            """
            El punto de recuperación \(id) no contiene el volumen \(volume). Contiene \
            \(known.joined(separator: ", ")).
            """
        case .pathNotInRecoveryPoint(let path, let id): "El punto de recuperación \(id) no contiene \(path)."
        case .restoreWouldOverwrite(let path, let number):
            """
            Donde se iba a restaurar ya \(number == 1 ? "existe" : "existen") \(count(number, "archivo", "archivos")), \
            por ejemplo \(path). No se ha restaurado nada.
            """
        case .cannotMount(let folder, let reason):
            "No se puede montar nada en \(folder): \(Wording.stripped(reason))."
        case .mountInUse(let folder):
            "\(folder) está en uso: algún programa tiene allí un archivo abierto o trabaja en esa carpeta."
        case .notMounted(let folder):
            "En \(folder) Remanso no ha montado ningún punto de recuperación. No se ha hecho nada."
        case .restoreTargetUnusable(let path, let reason):
            "No se puede restaurar nada en \(path): \(Wording.stripped(reason))."
        case .volumeNotAnImage(let volume, let id):
            "El punto de recuperación \(id) contiene los archivos de \(volume), no una imagen de su dispositivo."
        case .deviceWouldBeOverwritten(let device):
            "Restaurar en \(device) sustituye todo lo que hay en ese dispositivo. No se ha restaurado nada."

        // Configuration and usage.
        case .configuration(let file, let line, let key, let fault):
            "\(place(file, line, key)): \(clause(fault))."
        case .configurationUnreadable(let file, let reason):
            "No se puede leer el archivo de configuración \(file): \(Wording.stripped(reason))."
        case .wrongUsage(let detail): "No se entiende el comando: \(Wording.stripped(detail))."
        case .notRoot: "Solo root puede hacer esto."
        case .fileExists(let path): "\(path) ya existe y se ha dejado como estaba."
        case .cannotWrite(let path, let reason): "No se puede escribir \(path): \(Wording.stripped(reason))."

        // The run.
        case .alreadyRunning(let pid):
            pid > 0
                ? "Hay otra ejecución de Remanso en curso (proceso \(pid)). No se ha hecho nada."
                : "Hay otra ejecución de Remanso en curso. No se ha hecho nada."
        case .interrupted(let signal):
            "La señal \(Wording.signal(signal)) interrumpió la ejecución; se deshizo todo lo que había empezado."
        case .levelNotReached(let required, let reached):
            reached == .none
                ? """
                La copia de seguridad debe ser \(adjective(required)), pero no se obtuvo ninguna instantánea \
                utilizable.
                """
                : """
                La copia de seguridad debe ser \(adjective(required)), pero solo se obtuvo una \(adjective(reached)).
                """
        case .recoveredEarlierRun(let recoveryPoint):
            "La ejecución anterior \(recoveryPoint) se había interrumpido. Se ha deshecho lo que había dejado."
        case .earlierRunNotUndone(let detail):
            "No se pudo deshacer lo que dejó una ejecución anterior: \(Wording.stripped(detail))."
        case .systemCall(let operation, let subject, let reason):
            subject.isEmpty
                ? "El sistema rechazó «\(operation)»: \(Wording.stripped(reason))."
                : "El sistema rechazó «\(operation)» para \(subject): \(Wording.stripped(reason))."
        }
    }

    private static func place(_ file: String, _ line: Int, _ key: String) -> String {
        file + (line > 0 ? ", línea \(line)" : "") + (key.isEmpty ? "" : ", \(key)")
    }
}
