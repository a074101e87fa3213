public import Messages

extension Configuration {
    /// The commented configuration that `remanso init` writes. Every setting in it is commented out: as it stands, it
    /// gives the defaults. A `#` with a space explains; without the `#`, the other lines are a whole configuration.
    public static func template(_ language: Language) -> String {
        switch language {
        case .en: english
        case .es: spanish
        }
    }

    private static let english = """
        # Configuration of Remanso. As it stands, every value is the default.
        # To set one, remove the # in front of it (and in front of the line above that it belongs to).
        # This file must belong to root, and nobody else may write it. Check it with: remanso check

        # The mount points to back up. Default: every local file system on a block device, less "exclude".
        #volumes: [/srv/db]

        # The mount points to leave out.
        #exclude: [/mnt/scratch]

        # Where the recovery points are kept: a restic repository.
        #vault:
        # Whatever restic accepts: a folder, s3:…, azure:…, sftp:…, rest:…
        #  repository: /var/lib/remanso/vault
        # The password, in a file of mode 600. "remanso init" makes it. Keep a copy elsewhere: without it, no restore.
        #  passwordFile: /etc/remanso/vault.key
        # The credentials of the object store, in a file of mode 600 with lines such as AWS_ACCESS_KEY_ID=…
        #  environmentFile: /etc/remanso/vault.env

        # The file of the pre-script and the post-script.
        #scripts:
        #  config: /etc/azure/VMSnapshotScriptPluginConfig.json

        # Databases that Remanso brings to rest by itself, next to the scripts: postgresql, mariadb, mysql, redis, sqlite.
        # Each type has keys of its own, and a password stands in a file of mode 600: see docs/applications.md.
        #applications:
        #  - type: mariadb
        # What reports and drills call it; the type if it is not given.
        #    name: orders
        # After this time it is let go, whatever happens (1s to 10m).
        #    deadline: 30s
        # A file with the lines "user = …" and "password = …".
        #    credentials: /etc/remanso/mariadb.credentials
        # What a drill asks the restored database, beside the database's own checks.
        #    drill:
        #      probe:
        #        query: SELECT count(*) > 0 FROM shop.orders
        #        expect: 1

        # How snapshots are taken; "auto" picks the best that each volume can do.
        #provider: auto

        # The longest freeze (100ms to 10m). When it is reached, everything is thawed at once and the attempt fails.
        #freeze:
        #  deadline: 10s
        # What a freeze should cost at most (10ms to 1m), where the volume is copied without a snapshot facility: rounds
        # of copying go on until what is left fits into it.
        #  budget: 200ms

        # How often a whole run is tried (default 1: never again), and how long to wait in between.
        #retry:
        #  attempts: 3
        #  delay: 30s

        # Below this level no recovery point is kept: application, filesystem or crash. Default: every one is kept.
        #require: filesystem

        # How many recovery points "remanso prune" keeps. These are the defaults; a key left out counts 0.
        #retention:
        #  last: 3
        #  daily: 7
        #  weekly: 4
        #  monthly: 12
        #  yearly: 1

        """

    private static let spanish = """
        # Configuración de Remanso. Tal como está, cada valor es el predeterminado.
        # Para fijar uno, quite la # que lleva delante (y la de la línea superior a la que pertenece).
        # Este archivo debe pertenecer a root y nadie más puede escribirlo. Compruébelo con: remanso check

        # Los puntos de montaje que se copian. De forma predeterminada, todos los sistemas de archivos locales que
        # están sobre un dispositivo de bloques, menos los de "exclude".
        #volumes: [/srv/db]

        # Los puntos de montaje que se omiten.
        #exclude: [/mnt/scratch]

        # Dónde se guardan los puntos de recuperación: un repositorio de restic.
        #vault:
        # Todo lo que restic acepta: una carpeta, s3:…, azure:…, sftp:…, rest:…
        #  repository: /var/lib/remanso/vault
        # La contraseña, en un archivo con permiso 600. La crea "remanso init". Guarde una copia en otro lugar: sin
        # ella no se puede restaurar.
        #  passwordFile: /etc/remanso/vault.key
        # Las credenciales del almacén de objetos, en un archivo con permiso 600 y líneas como AWS_ACCESS_KEY_ID=…
        #  environmentFile: /etc/remanso/vault.env

        # El archivo del script anterior y del script posterior.
        #scripts:
        #  config: /etc/azure/VMSnapshotScriptPluginConfig.json

        # Bases de datos que el propio Remanso lleva al reposo, además de los scripts: postgresql, mariadb, mysql, redis,
        # sqlite. Cada tipo tiene claves propias; la contraseña está en un archivo con permiso 600: vea
        # docs/aplicaciones.md.
        #applications:
        #  - type: mariadb
        # El nombre en los informes y simulacros; el del tipo si no se indica.
        #    name: orders
        # Pasado este tiempo se suelta, pase lo que pase (de 1s a 10m).
        #    deadline: 30s
        # Un archivo con las líneas "user = …" y "password = …".
        #    credentials: /etc/remanso/mariadb.credentials
        # Lo que un simulacro pregunta a la base de datos restaurada, además de las comprobaciones de esta.
        #    drill:
        #      probe:
        #        query: SELECT count(*) > 0 FROM shop.orders
        #        expect: 1

        # Cómo se toman las instantáneas; "auto" elige lo mejor que permite cada volumen.
        #provider: auto

        # La congelación más larga (de 100ms a 10m). Al llegar a ella se descongela todo y el intento fracasa.
        #freeze:
        #  deadline: 10s
        # Lo que debe durar como mucho una congelación (de 10ms a 1m) cuando el volumen se copia sin función de
        # instantáneas: se copia por rondas hasta que lo que falta cabe en ese tiempo.
        #  budget: 200ms

        # Cuántas veces se intenta la copia entera (de forma predeterminada 1, sin repetir) y cuánto se espera entre
        # un intento y otro.
        #retry:
        #  attempts: 3
        #  delay: 30s

        # Por debajo de este nivel no se conserva ningún punto de recuperación: application, filesystem o crash.
        # De forma predeterminada se conservan todos.
        #require: filesystem

        # Cuántos puntos de recuperación conserva "remanso prune". Estos son los valores predeterminados; una clave
        # que falte cuenta como 0.
        #retention:
        #  last: 3
        #  daily: 7
        #  weekly: 4
        #  monthly: 12
        #  yearly: 1

        """
}
