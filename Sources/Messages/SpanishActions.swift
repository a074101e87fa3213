extension Spanish {
    /// What to do now.
    static func action(for problem: Problem) -> String {
        switch problem {
        // The script framework.
        case .scriptExecutionFailed(.pre, _, _):
            """
            Examine los registros de error del script para corregir el problema. Lo que el script escribió está en el \
            informe de la ejecución.
            """
        case .scriptExecutionFailed(.post, _, _):
            """
            Examine los registros de error del script para corregir el problema y compruebe el estado de la \
            aplicación. Lo que el script escribió está en el informe de la ejecución.
            """
        case .scriptNotFound(let phase, _, let key):
            """
            Asegúrese de que el \(name(phase)) está en la ruta de acceso especificada en el archivo de configuración \
            (\(key)) para garantizar la realización de copias de seguridad coherentes con la aplicación. `remanso \
            check` indica si se encuentra.
            """
        case .scriptPermission(_, let fault):
            """
            Asegúrese de que el usuario "raíz" (root) es el "propietario" del archivo de script y que solo el \
            "propietario" tiene permisos de "lectura", "escritura" y "ejecución". \(remedy(fault, mode: "700"))
            """
        case .scriptTimeout:
            """
            Compruebe el script y aumente el tiempo de espera (timeoutInSeconds, 1800 como máximo) en el archivo \
            VMSnapshotScriptPluginConfig.json situado en /etc/azure.
            """
        case .pluginHostFile(let path, _): afresh(path)
        case .pluginHostMissing:
            "Reponga VMSnapshotPluginHost.conf junto a la configuración de los scripts; en `examples` hay uno de partida."
        case .pluginHostPermission(let fault):
            """
            Asegúrese de que el usuario "raíz" (root) es el propietario del archivo y que nadie más puede modificarlo. \
            \(remedy(fault, mode: "600"))
            """
        case .scriptConfig(let path, _): afresh(path)
        case .scriptConfigMissing:
            """
            Escriba `remanso init`, que crea una plantilla, y nombre en ella sus scripts; o indique la ruta de su \
            propio archivo con `--script-config`.
            """
        case .scriptConfigPermission(let fault):
            """
            Asegúrese de que el usuario "raíz" (root) es el propietario del archivo y que solo el propietario tiene \
            permisos de "lectura" y "escritura". \(remedy(fault, mode: "600"))
            """
        case .unknownKey(_, let key): "Corrija la ortografía de \(key) o borre la clave."
        case .unexpectedPluginName: "Vuelva a poner «ScriptRunner» en pluginName."
        case .timeoutClamped(_, _, let limit):
            """
            Ponga \(limit) o menos en timeoutInSeconds; un script que necesite más tiempo debería hacer menos mientras \
            la aplicación espera.
            """
        case .noPlugins(let path):
            """
            Escriba en \(path): numberOfPlugins: 1, pluginName0: ScriptRunner y pluginConfigPath0: \
            /etc/azure/VMSnapshotScriptPluginConfig.json.
            """
        case .configNotInPluginHost(let config, let host):
            """
            Nombre el archivo en \(host), por ejemplo con pluginConfigPath0: \(config), o use uno de los que allí se \
            nombran.
            """
        case .freezeSettings(let path, _):
            "Corrija el archivo o, si no necesita ninguno de sus ajustes, apártelo: `\(move(path))`."
        case .workloadFile(let path, let fault):
            fault.permission.map { remedy($0, mode: "600") }
                ?? "Corrija \(Wording.shell(path)), o escriba a mano la entrada en `applications` de remanso.yaml."
        case .scriptLeftProcesses:
            """
            Haga que el script espere a lo que inicia. Lo que deba seguir en marcha debe ser un servicio propio, \
            iniciado con `systemctl start`.
            """

        // Freezing.
        case .freezeFailed(let volume, _):
            """
            Mire qué dice el núcleo (`dmesg | tail`) y escriba `remanso check`. Si el sistema de archivos no se puede \
            congelar, deje fuera \(volume) con `exclude:` en remanso.yaml.
            """
        case .freezeDeadlineExceeded:
            """
            Escriba `remanso backup --rehearse` para ver cuánto tarda la congelación y haga la copia cuando los discos \
            tengan menos carga, o aumente `freeze: deadline` en remanso.yaml.
            """
        case .mountCannotBeOpened(let volume, _):
            """
            Compruebe que el volumen está montado y en buen estado: `findmnt \(Wording.shell(volume))` y `dmesg | \
            tail`.
            """
        case .foreignFreeze(let volume):
            """
            Averigüe qué lo congeló: otra copia de seguridad, una instantánea de la máquina virtual, fsfreeze. Solo si \
            ya nadie necesita esa congelación, escriba `fsfreeze --unfreeze \(Wording.shell(volume))`.
            """
        case .freezeLost:
            """
            Averigüe qué programa descongela volúmenes a esa hora, como otra copia de seguridad, y haga que se \
            ejecuten uno después del otro.
            """
        case .freezerDied:
            """
            Escriba `remanso thaw` para asegurarse de que no queda nada congelado y `journalctl -k` para ver por qué \
            murió, por ejemplo por falta de memoria. Después vuelva a iniciar la copia.
            """
        case .freezerMissing:
            """
            Vuelva a instalar Remanso: remanso-freezer debe estar junto a remanso, o en libexec/remanso junto a su \
            carpeta.
            """
        case .mountVanished(let volume):
            "Escriba `findmnt \(Wording.shell(volume))` para ver qué hay montado ahora y vuelva a iniciar la copia."
        case .thawFailed(let volume, _):
            """
            Escriba ahora `remanso thaw`. Si no basta, escriba `fsfreeze --unfreeze \(Wording.shell(volume))` y, como \
            último recurso, `echo j > /proc/sysrq-trigger`, que descongela todos los sistemas de archivos de la \
            máquina.
            """

        // Freeze risks.
        case .permissionListener(let process, let volume):
            """
            Haga que el script anterior detenga \(process) y que el posterior lo inicie de nuevo, o saque de \(volume) \
            su base de datos y sus registros, o deje fuera el volumen con `exclude:` en remanso.yaml.
            """
        case .swapFileOnVolume(let file, _):
            """
            Use una partición de intercambio, o haga que el script anterior ejecute `swapoff \(Wording.shell(file))` y \
            el posterior `swapon \(Wording.shell(file))`.
            """
        case .auditLogOnVolume:
            """
            Lleve el registro a un volumen del que no se haga copia (`log_file` en /etc/audit/auditd.conf), o haga que \
            el script anterior detenga auditd.
            """
        case .loopImageOnVolume(let inner, let outer):
            """
            Haga copia de \(inner) junto con \(outer), y así Remanso los congela en el orden correcto, o deje fuera \
            \(outer) con `exclude:` en remanso.yaml.
            """
        case .vaultOnVolume(_, let volume):
            "Ponga el almacén en otro disco u otra máquina, o deje fuera \(volume) con `exclude:` en remanso.yaml."
        case .stateOnVolume(let folder, let volume):
            "Monte un sistema de archivos propio en \(folder), o deje fuera \(volume) con `exclude:` en remanso.yaml."

        // Volumes and snapshots.
        case .volumeNotFound: "Escriba `findmnt` para ver qué está montado y nombre el volumen por su punto de montaje."
        case .volumeUnsupported(let volume, _):
            """
            Deje fuera \(volume) con `exclude:` en remanso.yaml, o indique con `--volume` los volúmenes que se deben \
            copiar.
            """
        case .noVolumes:
            """
            Indique un volumen con `--volume MONTAJE` o en `volumes:` de remanso.yaml; `findmnt` muestra qué está \
            montado.
            """
        case .unknownProvider: "Corrija el nombre que sigue a `--provider` u omítalo: Remanso elige por sí mismo."
        case .providerUnsuitable(_, let volume, _):
            """
            Omita `--provider` y deje que Remanso elija; `remanso backup --dry-run --volume \(Wording.shell(volume))` \
            muestra su elección y el motivo.
            """
        case .snapshotFailed(_, let volume, _):
            """
            Mire qué dice el núcleo (`dmesg | tail`) y cuánto espacio queda (`df \(Wording.shell(volume))`) y vuelva a \
            iniciar la copia.
            """
        case .snapshotNotReleased:
            """
            Escriba `remanso thaw`, que también elimina lo que dejaron ejecuciones anteriores. Si permanece, elimine \
            la instantánea a mano.
            """
        case .nestedSubvolumes(let volume, _):
            """
            `btrfs subvolume list -o \(Wording.shell(volume))` los muestra. Monte los que importen e indíquelos como \
            volúmenes propios.
            """
        case .noCommonInstant:
            """
            Asegúrese de que el script anterior detiene todas las escrituras hasta el script posterior, o guarde todos los \
            datos de la aplicación en un solo volumen.
            """
        case .copyTakesLong:
            """
            Para que la pausa sea corta, lleve los datos a btrfs, o a un archivo de imagen sobre btrfs o XFS: allí una \
            instantánea tarda milisegundos.
            """
        case .changedDuringCopy:
            """
            Haga que el script anterior lleve la aplicación a un reposo completo, deje los archivos temporales en otro \
            volumen, o lleve los datos a btrfs, que permite instantáneas.
            """
        case .changesTooFast:
            """
            Haga que el script anterior detenga lo que tanto escribe, haga la copia a una hora más tranquila, o permita \
            más: `freeze.budget` en remanso.yaml.
            """
        case .imageNotTrusted(_, nil):
            "Averigüe qué programa descongela el volumen o escribe en su dispositivo y repita la copia."
        case .imageNotTrusted(_, .otherPath):
            """
            Averigüe qué programa tiene abierto para escritura el archivo o el disco que hay debajo del volumen \
            (`losetup --list` y `lsblk` lo nombran; `fuser --verbose`, el programa) y ciérrelo; o copie con \
            `--provider copy`.
            """
        case .imageNotTrusted(_, .some): "Repita la copia: la próxima imagen se lee entera."

        // The vault.
        case .resticMissing: "Instálelo: `apt install restic` o `dnf install restic`."
        case .resticTooOld:
            "Instale una más reciente: `apt install restic`, o `restic self-update` si restic se instaló a mano."
        case .vaultMissing:
            """
            Compruebe `--vault` o `vault: repository` en remanso.yaml. El primer `remanso backup` crea un almacén \
            local nuevo; cree uno remoto con `restic init`.
            """
        case .vaultUnreachable:
            """
            Compruebe que el disco está montado o que la red y las credenciales (`vault: environmentFile`) son \
            correctas y escriba `remanso check`.
            """
        case .vaultWrongPassword:
            """
            Indique el archivo de contraseña de este almacén con `--vault-password-file` o `vault: passwordFile`; si \
            se sustituyó, recupérelo de su copia.
            """
        case .vaultPasswordUnusable(let path, _):
            """
            Ponga allí la contraseña del almacén, con `chown root:root \(Wording.shell(path))` y `chmod 600 \
            \(Wording.shell(path))`. Para un almacén nuevo, `remanso init` crea una.
            """
        case .vaultEnvironmentUnusable(let path, _):
            """
            Escriba un NOMBRE=VALOR en cada línea, con `chown root:root \(Wording.shell(path))` y `chmod 600 \
            \(Wording.shell(path))`.
            """
        case .vaultLocked(let repository, _):
            """
            Espere a que el otro programa termine. Si ya no está en marcha, escriba `restic -r \
            \(Wording.shell(repository)) unlock` con el archivo de contraseña del almacén.
            """
        case .vaultFull:
            """
            Libere espacio allí, o escriba `remanso prune` para eliminar los puntos de recuperación que la retención \
            no conserva.
            """
        case .vaultDamaged(let repository, _):
            """
            Escriba `remanso verify` para ver qué puntos de recuperación están bien y `restic -r \
            \(Wording.shell(repository)) check --read-data` para ver los detalles. Hasta que esté reparado, haga una \
            copia nueva en otro almacén.
            """
        case .vaultFailed: "Elimine la causa que indica restic y repita el comando con `--verbose` para ver más."
        case .vaultIncomplete(let path):
            """
            Mire por qué no se puede leer (`ls -l \(Wording.shell(path))` y `dmesg | tail`) y vuelva a iniciar la \
            copia.
            """
        case .imageIncomplete:
            """
            Vuelva a iniciar la copia. Si sucede otra vez, comuníquelo como un fallo de Remanso: no se ha guardado nada \
            incompleto.
            """
        case .imagePathTaken(let path):
            "Deje fuera uno de los dos volúmenes o móntelo en otro lugar que \(path)."
        case .vaultKeyMade(let path):
            """
            Cópiela ahora a un lugar seguro fuera de esta máquina, por ejemplo con `scp \(Wording.shell(path)) \
            EQUIPO:`.
            """
        case .rcloneMissing: "Instálelo: `apt install rclone` o `dnf install rclone`."

        // Tracking of changed blocks.
        case .trackingImpossible(_, let obstacle): obstacle.remedy(in: .es)
        case .trackingFailed(let volume, _):
            """
            Escriba `remanso track disable \(Wording.shell(volume))` y después `remanso track enable \
            \(Wording.shell(volume))`. Las copias funcionan sin él, pero lo leen todo.
            """
        case .trackingBusy: "Espere a que termine la otra copia u orden y vuelva a intentarlo."
        case .everythingRead(let volume, _):
            """
            No hace falta hacer nada: el punto de recuperación es correcto. Si ocurre en cada copia, mire \
            `remanso track status \(Wording.shell(volume))`.
            """

        // Applications.
        case .application(let name, let fault): action(for: fault, name)
        case .drillFailed(let name, let fault): action(for: fault, name)

        // Recovery points.
        case .recoveryPointNotFound: "Escriba `remanso list` para ver los puntos de recuperación."
        case .recoveryPointAmbiguous: "Escriba más caracteres del que quiere."
        case .noRecoveryPoints: "Escriba `remanso backup` para crear el primero."
        case .recoveryPointDamaged:
            """
            Restaure desde otro (`remanso list`). Las copias siguen usando lo dañado mientras esté en el almacén: si se \
            nombra un archivo de `data/`, llévelo a otro sitio y ejecute `restic rebuild-index` en el almacén; después, \
            `remanso backup` vuelve a guardar lo que contenía. `remanso verify` muestra si hay más dañados.
            """
        case .volumeNotInRecoveryPoint(_, let id, _), .pathNotInRecoveryPoint(_, let id):
            "Escriba `remanso show \(Wording.shell(id))` para ver qué contiene, o `remanso list` para ver los demás."
        case .restoreWouldOverwrite:
            """
            Restaure en una carpeta vacía con `--to CARPETA`, o añada `--overwrite` si los archivos que hay allí se \
            pueden sustituir.
            """
        case .cannotMount(let folder, _):
            """
            Elimine la causa o indique otra carpeta, por ejemplo una vacía: `mkdir \(Wording.shell(folder + ".new"))`.
            """
        case .mountInUse(let folder):
            """
            Vea quién la usa con `fuser --verbose --mount \(Wording.shell(folder))`, ciérrelo y repita la orden.
            """
        case .notMounted: "Con `findmnt` puede ver qué está montado y dónde."
        case .restoreTargetUnusable:
            """
            Indique otro destino que tenga espacio suficiente y que nadie use: con `--to` una carpeta en la que root \
            pueda escribir, con `--to-image` un archivo, con `--to-device` un dispositivo.
            """
        case .volumeNotAnImage(_, let id): "Restaure sus archivos con `remanso restore \(id) --to CARPETA`."
        case .deviceWouldBeOverwritten(let device):
            "Asegúrese de que ya no hace falta nada de lo que hay en \(device) y añada `--overwrite`."

        // Configuration and usage.
        case .configuration(let file, let line, _, _):
            line > 0
                ? "Corrija la línea \(line) de \(file). Después, `remanso check` indica si se puede usar."
                : "Corrija \(file). Después, `remanso check` indica si se puede usar."
        case .configurationUnreadable(let file, _):
            """
            Compruebe la ruta, el propietario y los permisos (`ls -l \(Wording.shell(file))`). Donde no hay ninguno, \
            `remanso init` escribe un archivo comentado.
            """
        case .wrongUsage: "Escriba `remanso --help`, o `--help` después de un comando, para ver qué se puede escribir."
        case .notRoot: "Repita el comando como root, por ejemplo anteponiendo `sudo`."
        case .fileExists(let path): "Si quiere un archivo nuevo, aparte antes este: `\(move(path))`."
        case .cannotWrite(let path, _):
            """
            Compruebe los permisos de la carpeta y el espacio que queda: `ls -ld` y `df` de la carpeta de \
            \(Wording.shell(path)).
            """

        // The run.
        case .alreadyRunning(let pid):
            pid > 0
                ? "Espere a que termine y repita el comando; `ps -p \(pid)` la muestra."
                : "Espere a que termine y repita el comando."
        case .interrupted: "Repita la orden cuando pueda."
        case .levelNotReached(let required, _):
            """
            Elimine la causa, que indican los demás errores del informe; o, si basta con menos, pida menos que \
            `--require \(required.rawValue)`.
            """
        case .recoveredEarlierRun:
            "No hay que hacer nada más. Si se repite, averigüe qué pone fin a Remanso: `journalctl -u remanso`."
        case .earlierRunNotUndone: "Escriba `remanso thaw`. Si también falla, elimine a mano lo que indica su mensaje."
        case .systemCall:
            "Elimine la causa y repita el comando con `--verbose` para ver más; puede que `dmesg | tail` diga el resto."
        }
    }

    private static func afresh(_ path: String) -> String {
        """
        Corrija el archivo y compruébelo con `remanso check`; o escriba una copia nueva y configúrela de nuevo: \
        `\(move(path))` y después `remanso init`.
        """
    }

    private static func move(_ path: String) -> String { "mv \(Wording.shell(path)) \(Wording.shell(path + ".old"))" }
}
