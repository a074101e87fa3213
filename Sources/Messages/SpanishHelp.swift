extension Spanish {
    static func text(of heading: HelpHeading) -> String {
        switch heading {
        case .usage: "USO"
        case .arguments: "ARGUMENTOS"
        case .options: "OPCIONES"
        case .subcommands: "SUBCOMANDOS"
        case .example: "EJEMPLO"
        case .exitStatus: "ESTADO DE SALIDA"
        }
    }

    static func text(of meaning: ExitMeaning) -> String {
        switch meaning {
        case .succeeded: "Hecho; tras una copia, con el nivel que promete la configuración."
        case .failed:
            "No se hizo; tras una copia, no hay punto de recuperación. Tras una comprobación, hay algún error."
        case .degraded: "Se creó un punto de recuperación, pero con un nivel inferior; el informe dice por qué."
        case .wrongUsage: "No se entiende la línea de comandos."
        case .alreadyRunning: "Hay otra ejecución en curso; no se ha hecho nada."
        case .configuration: "La configuración no se puede usar."
        }
    }

    static func abstract(of command: CommandName) -> String {
        switch command {
        case .root: "Copias de seguridad de Linux coherentes con la aplicación."
        case .check: "Busca todo lo que impediría una copia de seguridad."
        case .backup: "Crea un punto de recuperación."
        case .list: "Muestra los puntos de recuperación, del más reciente al más antiguo."
        case .show: "Muestra un punto de recuperación entero."
        case .restore: "Restaura archivos de un punto de recuperación."
        case .mount: "Muestra en una carpeta los archivos de un punto de recuperación."
        case .unmount: "Termina lo que empezó mount."
        case .verify: "Lee de nuevo un punto de recuperación y comprueba cada byte."
        case .drill: "Demuestra que las aplicaciones de un punto de recuperación arrancan desde él."
        case .prune: "Elimina los puntos de recuperación que la retención no conserva."
        case .thaw: "Emergencia: deshace toda congelación hecha por Remanso."
        case .track: "Anota qué bloques de un volumen se escriben, para que la próxima copia no lea otros."
        case .explain: "Explica un código y qué hacer."
        case .initialize: "Escribe una configuración, una clave del almacén y los archivos del marco de scripts."
        }
    }

    static func discussion(of command: CommandName) -> String {
        switch command {
        case .root:
            """
            Remanso lleva la aplicación al reposo con un script anterior, congela los sistemas de archivos mientras se \
            hace una instantánea, los descongela, deja seguir a la aplicación con un script posterior y guarda la \
            instantánea en un repositorio de restic. Cada punto de recuperación dice cuál es su coherencia.
            """
        case .check:
            """
            Examina la configuración, los permisos, los scripts, los volúmenes, el almacén y los riesgos de la \
            congelación. Cada hallazgo lleva su código y qué hacer. No ejecuta ningún script ni congela nada.
            """
        case .backup:
            """
            Una ejecución: script anterior, congelación, instantánea, descongelación, script posterior, \
            almacenamiento, informe. El script posterior se ejecuta siempre que se inició el anterior, pase lo que \
            pase entre los dos, y nada queda congelado. Sin archivo de configuración bastan --volume y --vault.
            """
        case .list:
            "Muestra lo que contiene el almacén: la hora, la máquina, el nivel de coherencia y los volúmenes."
        case .show:
            "Muestra el informe de la ejecución: cronología, volúmenes, problemas y lo que escribieron los scripts."
        case .restore:
            """
            Restaura en una carpeta un punto de recuperación entero, un volumen (--volume) o algunas rutas (--path). \
            Nunca sobrescribe un archivo que ya existe, salvo con --overwrite. Un volumen guardado como imagen se puede \
            restaurar como tal, en un archivo (--to-image) o en un dispositivo que no esté en uso (--to-device con \
            --overwrite).
            """
        case .mount:
            """
            Monta en una carpeta un volumen de un punto de recuperación, solo para lectura, y vuelve. Los archivos se leen \
            del almacén cuando se miran; mientras tanto no se puede aplicar la retención.
            """
        case .unmount: "Termina todo lo que pertenece al montaje en esa carpeta. Nunca desmonta otra cosa."
        case .verify:
            "Lee del almacén todo lo que pertenece al punto de recuperación y lo compara con sus sumas de comprobación."
        case .drill:
            """
            Inicia cada aplicación desde el punto de recuperación, con su propio programa y en sus propias rutas, en \
            un lugar desde el que no alcanza ni la aplicación viva ni sus datos; mide cuánto tarda en responder, hace \
            sus comprobaciones y la prueba de la configuración, y guarda el resultado en el almacén. Sin ID toma el \
            más reciente. Termina con 0 si queda demostrado, con 1 si algo falló y con 3 si el punto de recuperación \
            no tiene ninguna aplicación que iniciar.
            """
        case .prune: "Aplica `retention:` de remanso.yaml y libera el espacio en el almacén."
        case .thaw:
            """
            Descongela lo que todavía nombra el diario de /run/remanso y deshace todo lo demás que dejó una ejecución \
            interrumpida. Nunca toca una congelación hecha por otro programa.
            """
        case .track:
            """
            Un pequeño programa en el núcleo anota cada bloque que se escribe, desde `enable` hasta `disable` o el \
            próximo arranque de la máquina; no hace falta ningún proceso para ello. `enable` congela el volumen durante \
            unos milisegundos. `status` dice si la próxima copia puede fiarse de las notas; lo que no es fiable cuesta \
            tiempo y nunca corrección.
            """
        case .explain:
            "Admite un nombre, como Pre-ScriptTimeout, o un número, como 308. Sin ninguno muestra todos los códigos."
        case .initialize:
            """
            Escribe plantillas comentadas con el propietario y los permisos correctos. Un archivo que ya existe se \
            deja como está. Con --from-azure, la configuración nombra la base de datos de workload.conf; la contraseña va \
            a un archivo vecino con permiso 600 y a ningún otro sitio.
            """
        }
    }

    static func text(of option: OptionName) -> String {
        switch option {
        case .config: "Archivo de configuración (por defecto: /etc/remanso/remanso.yaml, si existe)."
        case .scriptConfig:
            "Configuración de los scripts (por defecto: /etc/azure/VMSnapshotScriptPluginConfig.json, si existe)."
        case .volume:
            """
            Punto de montaje de un volumen; se puede repetir (por defecto: todos los sistemas de archivos locales \
            sobre un dispositivo de bloques).
            """
        case .vault:
            "Almacén: una carpeta o cualquier cosa que admita restic (por defecto: /var/lib/remanso/vault)."
        case .vaultPasswordFile: "Archivo con la contraseña del almacén (por defecto: /etc/remanso/vault.key)."
        case .require:
            "Nivel mínimo de coherencia con el que se conserva un punto de recuperación (por defecto: crash, que los conserva todos)."
        case .provider: "Proveedor de instantáneas para todos los volúmenes (por defecto: el mejor para cada uno)."
        case .json: "Escribe exactamente un documento JSON; el progreso va al error estándar."
        case .lang: "Idioma (por defecto: según LC_ALL, LC_MESSAGES o LANG)."
        case .verbose: "Da más detalles de lo que se hace."
        case .rehearse:
            "Hace todo menos la instantánea y el almacenamiento, y dice cuánto tiempo se detendría la aplicación."
        case .dryRun: "Muestra el plan y no hace nada."
        case .html: "Escribe además el informe como una página HTML en este archivo."
        case .to: "Carpeta en la que restaurar; se crea si no existe."
        case .toImage: "Archivo en el que restaurar la imagen de un volumen; disperso donde el volumen está vacío."
        case .toDevice: "Dispositivo de bloques en el que restaurar la imagen; se sobrescribe todo lo que contiene."
        case .changedOnly:
            "Lee antes el destino y escribe solo lo que difiere: para uno que conserva un estado anterior."
        case .path:
            "Solo este archivo o carpeta, por su ruta en la máquina de origen; se puede repetir (por defecto: todo)."
        case .overwrite: "Sobrescribe los archivos que ya existen (por defecto: ninguno)."
        case .fromAzure:
            "Adopta la base de datos que se indicó al marco de Azure y dice lo que no tiene equivalente."
        case .workloadConfig: "Lo que se indicó a ese marco (por defecto: /etc/azure/workload.conf)."
        case .help: "Muestra esta ayuda."
        case .version: "Muestra la versión."
        case .id: "Punto de recuperación: su identificador, un comienzo inequívoco de este, o latest."
        case .folder: "Carpeta en la que montar, o en la que se montó."
        case .keep: "Se queda mientras haya algo montado (para uso del propio Remanso)."
        case .scratch:
            "Carpeta para lo que las aplicaciones cambien entretanto (por defecto: /var/lib/remanso/drill)."
        case .allUnproven:
            "Hace el simulacro de todos los puntos de esta máquina que no lo tienen, del más reciente al más antiguo."
        case .insideRoom: "Es el proceso dentro del recinto (para uso del propio Remanso)."
        case .code: "Nombre o número de un código (por defecto: todos)."
        case .action: "Empezar, terminar o decir cómo está."
        case .mountPoint: "Punto de montaje del volumen."
        }
    }
}
