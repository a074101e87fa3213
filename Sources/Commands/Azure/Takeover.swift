internal import Applications
internal import Configuration
internal import Messages
internal import Scripts

/// What Azure's framework for databases was told, as Remanso would be told it.
struct Takeover {
    /// A file for root alone.
    struct Credentials {
        let path: String
        let text: String
    }

    /// `nil` for a database that has no adapter.
    private(set) var application: ApplicationSettings?
    /// Holds the password; `nil` when there is none.
    private(set) var credentials: Credentials?
    /// What has no equivalent.
    private(set) var gaps: [WorkloadGap] = []
    private let source: String
    private var missingCredentials: String?

    private static let types = ["postgres": "postgresql", "mariadb": "mariadb", "mysql": "mysql"]
    private static let oracle = "oracle"
    /// Seconds; as `deadline` in `remanso.yaml`.
    private static let longest = 600

    /// - Parameters:
    ///   - path: `workload.conf`.
    ///   - folder: where a credentials file belongs.
    /// - Throws: `.workloadFile`.
    init(_ path: String, folder: String) throws(Failure) {
        source = path
        let file = try WorkloadFile.read(path)
        let name = file.name.lowercased()
        if name == Self.oracle {
            gaps = [.oracle]
        } else if let type = Self.types[name] {
            try takeApplication(type, file, "\(folder)/\(type).credentials")
        } else {
            throw Failure(
                .workloadFile(
                    path: path,
                    fault: .notOneOf(
                        key: "workload_name", value: file.name, known: (Self.types.keys + [Self.oracle]).sorted())))
        }
        gaps += Self.gaps(file)
    }

    /// For the end of `remanso.yaml`; empty without an application.
    func text(_ language: Language) -> String {
        guard let application else { return "" }
        var text = "\n# \(Phrase.takenOverFrom(file: source).text(in: language))\n"
        text += Configuration.text(of: [application])
        if let missingCredentials { text += "    #credentials: \(Configuration.quoted(missingCredentials))\n" }
        return text
    }

    private mutating func takeApplication(_ type: String, _ file: WorkloadFile, _ path: String) throws(Failure) {
        var settings = ApplicationSettings(type: type, name: type)
        if let seconds = try file.integer("timeout", in: 1...Int(Int32.max), of: source) {
            settings.deadlineSeconds = Double(min(seconds, Self.longest))
            if seconds > Self.longest { gaps.append(.timeout(limit: Self.longest)) }
        }
        let role = try role(file)
        guard let words = ShellWords(file.value("credString") ?? "") else {
            throw Failure(.workloadFile(path: source, fault: .openQuote(key: "credString")))
        }
        if words.expands { gaps.append(.shellExpansion) }
        let user = file.value("linux_user")
        let client =
            type == "postgresql"
            ? PsqlClient.read(words.words, systemUser: user, credentials: path)
            : MySQLClient.read(words.words, systemUser: user, credentials: path)
        settings.values = client.values
        if role == "slave", type != "postgresql" { settings.values["stopReplica"] = .flag(true) }
        gaps += client.gaps
        if let password = client.password { keep(password, at: path, &settings) }
        if client.needsCredentials, credentials == nil { missingCredentials = path }
        application = settings
    }

    private mutating func keep(_ password: String, at path: String, _ settings: inout ApplicationSettings) {
        guard let text = CredentialsFile.text(user: nil, password: password) else {
            gaps.append(.passwordNotKept)
            return
        }
        credentials = Credentials(path: path, text: text)
        settings.values["credentials"] = .text(path)
    }

    private func role(_ file: WorkloadFile) throws(Failure) -> String {
        let known = ["master", "slave"]
        guard let role = file.value("role")?.lowercased() else { return known[0] }
        guard known.contains(role) else {
            throw Failure(.workloadFile(path: source, fault: .notOneOf(key: "role", value: role, known: known)))
        }
        return role
    }

    /// Keys that have no equivalent, whatever the database.
    private static func gaps(_ file: WorkloadFile) -> [WorkloadGap] {
        var gaps: [WorkloadGap] = []
        if file.value("command_path") ?? file.value("command") != nil { gaps.append(.commandPath) }
        if file.value("ipc_folder") != nil { gaps.append(.ipcFolder) }
        if file.value("configuration_path") != nil { gaps.append(.configurationPath) }
        if file.value("dbnames") != nil { gaps.append(.databases) }
        if isOn(file.value("enforceSlaveOnly")) { gaps.append(.enforceSlaveOnly) }
        if isOn(file.value("customScriptEnabled")) { gaps.append(.customScripts) }
        if file.hasLogBackup { gaps.append(.logBackup) }
        return gaps + file.unknownKeys.map { .unknownKey($0) }
    }

    private static func isOn(_ value: String?) -> Bool {
        guard let value else { return false }
        return !["0", "false", "no", "off"].contains(value.lowercased())
    }
}
