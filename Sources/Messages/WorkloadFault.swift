/// Why `workload.conf` cannot be taken over. None holds what stands in `credString`.
public enum WorkloadFault: Sendable, Equatable {
    /// The file cannot be read or understood.
    case file(FileFault)
    /// Somebody else than root could have written it.
    case permission(PermissionFault)
    /// A key has a value that nobody knows.
    case notOneOf(key: String, value: String, known: [String])
    /// The text of a key opens a quote and does not close it.
    case openQuote(key: String)

    /// What is wrong with the file's owner or mode, if that is it.
    var permission: PermissionFault? {
        if case .permission(let fault) = self { fault } else { nil }
    }
}

extension English {
    static func sentence(_ path: String, _ fault: WorkloadFault) -> String {
        switch fault {
        case .file(let fault): sentence(path, fault)
        case .permission(let fault): sentence(fault)
        case .notOneOf(let key, let value, let known):
            "In \(path), \(key) is “\(value)”; it must be one of \(known.joined(separator: ", "))."
        case .openQuote(let key): "In \(path), \(key) opens a quote that it does not close."
        }
    }
}

extension Spanish {
    static func sentence(_ path: String, _ fault: WorkloadFault) -> String {
        switch fault {
        case .file(let fault): sentence(path, fault)
        case .permission(let fault): sentence(fault)
        case .notOneOf(let key, let value, let known):
            "En \(path), \(key) es «\(value)»; debe ser uno de estos valores: \(known.joined(separator: ", "))."
        case .openQuote(let key): "En \(path), \(key) abre unas comillas que no cierra."
        }
    }
}
