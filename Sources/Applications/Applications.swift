/// Every type of application that Remanso knows.
public enum Applications {
    /// One line each.
    public static let all: [ApplicationKind] = [
        .cgroup,
        MariaDB.mariadb,
        MariaDB.mysql,
        .postgresql,
        .redis,
        .sqlite,
    ]

    /// The type of this name; `nil` when there is none.
    public static func kind(_ type: String) -> ApplicationKind? { all.first { $0.type == type } }
}
