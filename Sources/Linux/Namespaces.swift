/// The namespaces of a process (namespaces(7)).
public enum Namespaces {
    /// Their kinds, by their names in `/proc/PID/ns`.
    public static let kinds = ["ipc", "mnt", "net", "pid", "user", "uts"]

    /// What names each of this process's namespaces for as long as it lives, such as `net:[4026531840]`.
    public static var own: [String: String] {
        var result: [String: String] = [:]
        for kind in kinds { result[kind] = Files.linkTarget("/proc/self/ns/\(kind)") }
        return result
    }
}
