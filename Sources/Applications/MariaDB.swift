internal import Messages

/// MariaDB and MySQL, which speak the same protocol and are held in almost the same way.
enum MariaDB {
    /// MariaDB.
    static let mariadb = kind("mariadb")
    /// MySQL.
    static let mysql = kind("mysql")

    private static func kind(_ type: String) -> ApplicationKind {
        ApplicationKind(
            type: type, options: MariaDBOption.all,
            session: { (settings) throws(ApplicationFault) in try MariaDBSession(settings) },
            drill: { _ in MariaDBDrill() },
            recover: { (settings) throws(ApplicationFault) in try MariaDBReplica.recover(settings) })
    }
}
