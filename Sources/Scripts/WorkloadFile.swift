internal import Glibc
internal import Linux
public import Messages

/// What Azure's framework for databases was told: `workload.conf`, section `[workload]`. The file may hold a password in
/// `credString`, so no fault tells more of a line than its place or the name of a key.
public struct WorkloadFile: Sendable, Equatable {
    /// Where Azure's extension looks for it.
    public static let defaultPath = "/etc/azure/workload.conf"

    /// `workload_name`.
    public let name: String
    /// Whether there is a section `[logbackup]`.
    public let hasLogBackup: Bool
    /// The keys that mean nothing; `nil` for one that might be part of a secret.
    public let unknownKeys: [String?]
    private let values: [String: String]

    private static let section = "workload"
    private static let nameKey = "workload_name"
    /// All but the name, as the extension has read them over the years.
    private static let keys = [
        "command_path", "command", "credString", "linux_user", "role", "enforceSlaveOnly", "ipc_folder", "timeout",
        "dbnames", "configuration_path", "customScriptEnabled",
    ]

    /// The value of a key; `nil` when it is missing or empty.
    public func value(_ key: String) -> String? { values[key] }

    /// The value of a key that holds a whole number.
    /// - Throws: `.workloadFile`.
    public func integer(_ key: String, in limits: ClosedRange<Int>, of path: String) throws(Failure) -> Int? {
        guard let text = values[key] else { return nil }
        do {
            return try INIValue.integer(text, key, limits)
        } catch {
            throw Failure(.workloadFile(path: path, fault: .file(error.fault)))
        }
    }

    /// Reads the file, which only root may have written: it decides as whom root connects to what.
    /// - Throws: `.workloadFile`.
    public static func read(_ path: String) throws(Failure) -> WorkloadFile {
        let file = try open(path)
        do throws(UnusableFile) {
            return try WorkloadFile(try INIFile.parse(try ConfigurationFile.text(of: file)))
        } catch {
            throw failure(path, discreet(error.fault))
        }
    }

    private static func open(_ path: String) throws(Failure) -> Descriptor {
        do throws(PathFault) {
            return try TrustedPath.open(path, .pluginHost)
        } catch {
            switch error {
            case .permission(let fault): throw Failure(.workloadFile(path: path, fault: .permission(fault)))
            case .missing: throw failure(path, .unreadable(reason: SystemError.reason(of: ENOENT)))
            case .system(let error): throw failure(path, .unreadable(reason: error.reason))
            }
        }
    }

    private static func failure(_ path: String, _ fault: FileFault) -> Failure {
        Failure(.workloadFile(path: path, fault: .file(fault)))
    }

    private init(_ file: INIFile) throws(UnusableFile) {
        guard let section = file.sections[Self.section] else { throw UnusableFile(.missing(key: "[\(Self.section)]")) }
        guard let name = file.value(Self.nameKey, in: Self.section) else {
            throw UnusableFile(.missing(key: Self.nameKey))
        }
        if name.isEmpty { throw UnusableFile(.empty(key: Self.nameKey)) }
        var values: [String: String] = [:]
        for key in Self.keys {
            guard let text = file.value(key, in: Self.section), !text.isEmpty else { continue }
            if text.unicodeScalars.contains("\0") { throw UnusableFile(.holdsNUL(key: key)) }
            // Python's configparser, which the extension reads the file with, has a percent sign written twice.
            values[key] = text.replacing("%%", with: "%")
        }
        self.name = name
        self.values = values
        hasLogBackup = file.sections["logbackup"] != nil
        let known = Set((Self.keys + [Self.nameKey]).map { $0.lowercased() })
        unknownKeys = section.map(\.key).filter { !known.contains($0.lowercased()) }.map(Self.discreet)
    }

    /// The fault without anything that might be part of a secret.
    private static func discreet(_ fault: FileFault) -> FileFault {
        switch fault {
        case .syntax(let line, let column, _): .syntax(line: line, column: column, found: "…")
        case .duplicate(let key): .duplicate(key: discreet(key) ?? (key.hasPrefix("[") ? "[…]" : "…"))
        default: fault
        }
    }

    /// A key that looks like one; a broken line could begin with a password.
    private static func discreet(_ key: String) -> String? {
        let isName = key.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
            default: false
            }
        }
        return isName && !key.isEmpty && key.utf8.count <= 40 ? key : nil
    }
}
