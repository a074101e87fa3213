internal import Linux
internal import Messages

/// The plugin host's file (`VMSnapshotPluginHost.conf`): which plugin configurations run.
struct PluginHost {
    /// One plugin that the file lists.
    struct Entry: Equatable {
        let name: String
        let configPath: String
    }

    /// Seconds; it may only lower the plugins' own limits.
    private(set) var timeoutLimit = PluginConfig.maximalTimeout
    private(set) var entries: [Entry] = []
    /// Keys of the section that mean nothing, for instance of a plugin beyond `numberOfPlugins`.
    private(set) var unknownKeys: [String] = []

    private static let section = "pre_post"
    /// More is a slip of the hand.
    private static let maximalCount = 64

    /// Reads the file; `nil` when there is none.
    static func read(_ path: String) throws(Failure) -> PluginHost? {
        // Nothing there asks for nothing: a fault of the folder is the configuration's to report, if there is one.
        if !Files.exists(path) { return nil }
        do {
            let file = try TrustedPath.open(path, .pluginHost)
            return try PluginHost(try INIFile.parse(try ConfigurationFile.text(of: file)))
        } catch PathFault.missing {
            return nil
        } catch PathFault.permission(let fault) {
            throw Failure(.pluginHostPermission(fault: fault))
        } catch PathFault.system(let error) {
            throw Failure(.pluginHostFile(path: path, fault: .unreadable(reason: error.reason)))
        } catch let error as UnusableFile {
            throw Failure(.pluginHostFile(path: path, fault: error.fault))
        } catch {
            throw Failure(.pluginHostFile(path: path, fault: .unreadable(reason: "\(error)")))
        }
    }

    private init(_ file: INIFile) throws(UnusableFile) {
        guard let section = file.sections[Self.section] else { throw UnusableFile(.missing(key: "[\(Self.section)]")) }
        var known: Set<String> = ["timeoutinseconds", "numberofplugins"]
        if let text = file.value("timeoutInSeconds", in: Self.section) {
            // More than the highest is no fault: the file may only lower the limit.
            timeoutLimit = try INIValue.integer(text, "timeoutInSeconds", 1...Int.max)
        }
        let count = try INIValue.integer(
            try Self.required("numberOfPlugins", file), "numberOfPlugins", 0...Self.maximalCount)
        for number in 0..<count {
            entries.append(try Self.entry(number, file))
            known.formUnion(["pluginname\(number)", "pluginpath\(number)", "pluginconfigpath\(number)"])
        }
        unknownKeys = section.map(\.key).filter { !known.contains($0.lowercased()) }
    }

    private static func required(_ key: String, _ file: INIFile) throws(UnusableFile) -> String {
        guard let text = file.value(key, in: section) else { throw UnusableFile(.missing(key: key)) }
        if text.isEmpty { throw UnusableFile(.empty(key: key)) }
        if text.unicodeScalars.contains("\0") { throw UnusableFile(.holdsNUL(key: key)) }
        return text
    }

    private static func entry(_ number: Int, _ file: INIFile) throws(UnusableFile) -> Entry {
        let name = try required("pluginName\(number)", file)
        let key = "pluginConfigPath\(number)"
        let path = try required(key, file)
        if !path.hasPrefix("/") { throw UnusableFile(.notAbsolute(key: key, value: path)) }
        return Entry(name: name, configPath: path)
    }
}
