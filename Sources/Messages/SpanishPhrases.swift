extension Spanish {
    static func text(of phrase: Phrase) -> String {
        switch phrase {
        case .phase(let phase): name(phase)
        case .level(let level): adjective(level)
        case .levelExplained(let level): explanation(level)
        case .outcome(let outcome): name(outcome)
        case .stepOutcome(let outcome): name(outcome)
        case .severity(.error): "error"
        case .severity(.warning): "advertencia"
        case .label(let label): text(of: label)

        case .ofTotal(let done, let total): "\(done) de \(total)"
        case .perSecond(let amount): "\(amount)/s"
        case .left(let time): "tiempo restante: \(time)"
        case .begins(let phase): doing(phase)
        case .retrying(let attempt, let all, let delay): "El intento \(attempt) de \(all) empieza dentro de \(delay)."

        case .backupMade(let id, let level): "Se ha creado el punto de recuperación \(id): \(adjective(level))."
        case .backupFailed: "No se ha creado ningún punto de recuperación."
        case .rehearsed(let pause, let freeze):
            """
            Ensayo hecho: la aplicación se detendría \(pause) y los volúmenes se congelarían \(freeze). No se ha \
            guardado nada.
            """
        case .nothingWasDone: "No se ha hecho nada: esto es solo el plan."
        case .noScriptsConfigured: "No hay scripts configurados."
        case .notFrozen: "sin congelar"
        case .held(let duration): "en reposo durante \(duration)"
        case .notHeld: "no estuvo en reposo"
        case .imageRead(let rounds, let final):
            "imagen: \(count(rounds, "ronda", "rondas")) con el volumen en uso, \(final) durante la congelación"
        case .readEverything(let reason): "se leyó y comparó todo: \(reason)"
        case .noProblemsFound: "No se ha encontrado ningún problema."
        case .found(let errors, let warnings):
            "\(count(errors, "error", "errores")), \(count(warnings, "advertencia", "advertencias"))"
        case .nothingFrozen: "No hay nada congelado por Remanso."
        case .thawed(let volume): "Se ha descongelado \(volume)."
        case .runUndone(let id): "Se ha deshecho lo que había dejado la ejecución \(id)."
        case .verified(let id, let bytes):
            "El punto de recuperación \(id) está completo: se han leído y comprobado \(bytes)."
        case .imageRestored(let size, let written, let target):
            "Imagen de \(size) restaurada en \(target); hubo que escribir \(written)."
        case .restored(let files, let folder):
            files == 1
                ? "Se ha restaurado 1 archivo en \(folder)." : "Se han restaurado \(files) archivos en \(folder)."
        case .mounted(let id, let volume, let folder):
            """
            \(volume) de \(id) está montado en \(folder), solo para lectura. Termina con \
            `remanso unmount \(Wording.shell(folder))`.
            """
        case .unmounted(let folder): "Ya no hay nada montado en \(folder)."
        case .pruned(let kept, let removed):
            """
            Puntos de recuperación: \(count(kept, "conservado", "conservados")), \
            \(count(removed, "eliminado", "eliminados")).
            """
        case .kept(let id): "\(id) se conserva."
        case .removed(let id): "\(id) se ha eliminado."
        case .wrote(let file): "Se ha escrito \(file)."
        case .trackingOn(let volume, let again):
            again
                ? "Los bloques cambiados de \(volume) ya se siguen; no se ha hecho nada."
                : "Desde ahora se siguen los bloques cambiados de \(volume). La próxima copia aún lo lee todo."
        case .trackingOff(let volume, let wasOn):
            wasOn
                ? "Ya no se siguen los bloques cambiados de \(volume)."
                : "No se seguían los bloques cambiados de \(volume); no se ha hecho nada."
        case .trackedSince(let volume, let time): "Los bloques cambiados de \(volume) se siguen desde \(time)."
        case .changedBytes(let bytes, let parent):
            parent.map { "Cambiado desde la instantánea \($0): \(bytes)." } ?? "Cambiado desde entonces: \(bytes)."
        case .nextBackupReads(let doubt):
            doubt.map { "La próxima copia lo lee todo, porque \($0.text(in: .es))." }
                ?? "La próxima copia lee solo lo que cambió."
        case .drillStep(let step): doing(step)
        case .proven(let date, let answered):
            answered.map { "demostrado \(date), respondió en \($0)" } ?? "demostrado \(date)"
        case .failedDrill(let date, let reason): "fallido \(date): \(reason)"
        case .checkedOnly(let date): "comprobado \(date), sin aplicación"
        case .notDrilled: "sin simulacro"
        case .drillProven(let id):
            "El punto de recuperación \(id) está demostrado: sus aplicaciones arrancaron y pasaron cada comprobación."
        case .drillFailed(let id): "El punto de recuperación \(id) no ha superado su simulacro."
        case .drillChecked(let id):
            """
            El punto de recuperación \(id) no tiene ninguna aplicación que iniciar. Sus sistemas de archivos están \
            sanos y se ha leído todo.
            """
        case .claimNotKept:
            "Dice ser coherente con la aplicación, y no ha superado su simulacro: no se fíe de él."
        case .nothingToDrill: "Todos los puntos de recuperación de esta máquina tienen ya su simulacro."
        case .drillUndone(let folder): "Se ha eliminado lo que un simulacro interrumpido dejó en \(folder)."
        case .alreadyThere(let file): "\(file) ya existe y se ha dejado como estaba."
        case .takenOverFrom(let file): "Adoptado de \(file)."
        case .notTakenOver(let gap): "No se ha adoptado: \(gap.text(in: .es))."
        case .afterInit(let file): "Ahora revise \(file) y escriba `remanso check`."
        case .unknownCode(let code): "No existe el código \(code). `remanso explain` los muestra todos."
        case .outputTruncated: "Solo se han conservado los últimos 64 KiB."
        case .noOutput: "No escribió nada."

        case .heading(let heading): text(of: heading)
        case .abstract(let command): abstract(of: command)
        case .discussion(let command): discussion(of: command)
        case .option(let option): text(of: option)
        case .exitMeaning(let meaning): text(of: meaning)
        case .seeHelp(let command): "`\(command) --help` explica más."

        case .unknownOption(let option): "no existe la opción \(option)"
        case .unknownCommand(let command): "no existe el comando «\(command)»"
        case .missingValue(let option): "\(option) necesita un valor"
        case .missingOption(let option): "falta \(option)"
        case .missingArgument(let argument): "falta el argumento \(argument)"
        case .chooseVolume(let volumes):
            "el punto de recuperación tiene varios volúmenes; indique uno con --volume: \(volumes.joined(separator: ", "))"
        case .unexpectedArgument(let argument): "«\(argument)» es un argumento de más"
        case .invalidValue(let value, let option, let expected):
            "«\(value)» no es un valor de \(option)"
                + (expected.isEmpty ? "" : "; los posibles son \(expected.joined(separator: ", "))")
        case .conflicting(let one, let other): "\(one) y \(other) se excluyen"
        }
    }

    private static func name(_ phase: PhaseName) -> String {
        switch phase {
        case .preflight: "comprobación"
        case .prepare: "preparación"
        case .preScript: "script anterior"
        case .quiesce: "reposo"
        case .freeze: "congelación"
        case .snapshot: "instantánea"
        case .thaw: "descongelación"
        case .copy: "copia"
        case .resume: "reanudación"
        case .postScript: "script posterior"
        case .store: "almacenamiento"
        case .release: "liberación"
        }
    }

    private static func doing(_ phase: PhaseName) -> String {
        switch phase {
        case .preflight: "Buscando obstáculos"
        case .prepare: "Preparando la instantánea"
        case .preScript: "Ejecutando el script anterior"
        case .quiesce: "Poniendo las aplicaciones en reposo"
        case .freeze: "Congelando los volúmenes"
        case .snapshot: "Haciendo la instantánea"
        case .thaw: "Descongelando los volúmenes"
        case .copy: "Copiando los archivos"
        case .resume: "Reanudando las aplicaciones"
        case .postScript: "Ejecutando el script posterior"
        case .store: "Guardando en el almacén"
        case .release: "Eliminando la instantánea"
        }
    }

    private static func doing(_ step: DrillStep) -> String {
        switch step {
        case .opening(let id): "Abriendo el punto de recuperación \(id)"
        case .fileSystem(let volume): "Comprobando el sistema de archivos de \(volume)"
        case .reading: "Leyéndolo todo de nuevo"
        case .starting(let application, let program): "Iniciando \(application): \(program)"
        case .answered(let application, let time): "\(application) respondió en \(Wording.seconds(time, in: .es))"
        case .checking(let application, let check): "Comprobando \(application): \(check)"
        case .probing(let application): "Haciendo la prueba a \(application)"
        case .storing: "Guardando la prueba en el almacén"
        }
    }

    private static func explanation(_ level: Consistency) -> String {
        switch level {
        case .application:
            """
            La aplicación estaba como la dejó su script anterior: arranca desde este punto de recuperación tal como el \
            script la preparó.
            """
        case .filesystem:
            """
            Los sistemas de archivos estaban en reposo, pero la aplicación no: arranca con su propia recuperación, \
            como después de un bloqueo.
            """
        case .crash: "Nada estaba en reposo: los datos están como después de un corte de corriente."
        case .none: "No hay punto de recuperación."
        }
    }

    private static func name(_ outcome: OutcomeName) -> String {
        switch outcome {
        case .succeeded: "correcta"
        case .degraded: "degradada"
        case .failed: "fallida"
        }
    }

    private static func name(_ outcome: StepOutcomeName) -> String {
        switch outcome {
        case .ok: "bien"
        case .failed: "con error"
        case .skipped: "omitido"
        }
    }

    private static func text(of label: Label) -> String {
        switch label {
        case .recoveryPoint: "Punto de recuperación"
        case .host: "Equipo"
        case .started: "Inicio"
        case .finished: "Fin"
        case .duration: "Duración"
        case .level: "Nivel"
        case .outcome: "Resultado"
        case .attempts: "Intentos"
        case .pause: "Pausa de la aplicación"
        case .freeze: "Congelación"
        case .stored: "Guardado"
        case .read: "Leído"
        case .volumes: "Volúmenes"
        case .volume: "Volumen"
        case .errors: "Errores"
        case .warnings: "Advertencias"
        case .action: "Qué hacer"
        case .vault: "Almacén"
        case .id: "ID"
        case .time: "Hora"
        case .size: "Tamaño"
        case .plan: "Plan"
        case .provider: "Proveedor"
        case .reason: "Motivo"
        case .freezeOrder: "Orden de congelación"
        case .scripts: "Scripts"
        case .filesystem: "Sistema de archivos"
        case .device: "Dispositivo"
        case .report: "Informe"
        case .timeline: "Cronología"
        case .scriptOutput: "Salida de los scripts"
        case .pauseEnlarged: "La pausa, ampliada"
        case .freezeEnlarged: "La congelación, ampliada"
        case .application: "Aplicación"
        case .applications: "Aplicaciones"
        case .drill: "Simulacro"
        case .program: "Programa"
        case .user: "Usuario"
        case .version: "Versión"
        case .check: "Comprobación"
        case .probe: "Prueba"
        case .answered: "Respondió en"
        case .log: "Registro"
        case .namespaces: "Espacios de nombres"
        case .notStarted: "No se inició"
        case .phase: "Fase"
        case .attempt: "Intento"
        case .exitStatus: "Estado de salida"
        case .signal: "Señal"
        case .timedOut: "Tiempo de espera superado"
        case .standardOutput: "Salida estándar"
        case .standardError: "Error estándar"
        }
    }
}
