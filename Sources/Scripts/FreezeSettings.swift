internal import Glibc
internal import Linux
internal import Messages

/// What `vmbackup.conf` says of freezing. Users are told to set these by hand when a freeze fails, so they hold here too.
public struct FreezeSettings: Sendable, Equatable {
    /// The longest freeze, in seconds: the smaller of `timeout` and `SafeFreezeWaitInSeconds`; `nil` when neither is set.
    public var deadlineSeconds: Double?
    /// Mount points that are not frozen; absolute.
    public var mountsToSkip: [String] = []
    /// Whether the file systems are frozen although a script failed.
    public var freezesOnAppFailure = true
    /// Whether the file systems are frozen when every script succeeded.
    public var freezesOnAppSuccess = true

    /// The settings without a file.
    public init() {}

    private static let section = "SnapshotThread"
    /// Seconds; a freeze of a day is a slip of the hand.
    private static let longest = 86_400

    /// Reads the file. A fault in it is a warning, and what it concerns stays as it is without a file.
    static func read(_ path: String) -> (settings: FreezeSettings, findings: [Finding]) {
        var settings = FreezeSettings()
        var faults: [FileFault] = []
        do {
            let file = try TrustedPath.open(path, .settings)
            settings.take(try INIFile.parse(try ConfigurationFile.text(of: file)), &faults)
        } catch PathFault.missing {
        } catch PathFault.permission {
            faults.append(.notRegular)
        } catch PathFault.system(let error) {
            faults.append(.unreadable(reason: error.reason))
        } catch let error as UnusableFile {
            faults.append(error.fault)
        } catch {
            faults.append(.unreadable(reason: "\(error)"))
        }
        let findings = faults.map {
            Finding(.freezeSettings(path: path, fault: $0), severity: .warning, phase: "preflight")
        }
        return (settings, findings)
    }

    private mutating func take(_ file: INIFile, _ faults: inout [FileFault]) {
        for key in ["timeout", "SafeFreezeWaitInSeconds"] {
            let seconds = Self.value(key, file, &faults) { text throws(UnusableFile) in
                try INIValue.integer(text, key, 1...Self.longest)
            }
            if let seconds { deadlineSeconds = min(Double(seconds), deadlineSeconds ?? .infinity) }
        }
        freezesOnAppFailure = Self.boolean("OnAppFailureDoFsFreeze", file, &faults) ?? true
        freezesOnAppSuccess = Self.boolean("OnAppSuccessDoFsFreeze", file, &faults) ?? true
        for entry in (file.value("MountsToSkip", in: Self.section) ?? "").split(whereSeparator: { ",\n".contains($0) })
        {
            takeMount(entry.trimmed, &faults)
        }
    }

    private mutating func takeMount(_ mount: String, _ faults: inout [FileFault]) {
        let key = "MountsToSkip"
        if mount.isEmpty { return }
        if !mount.hasPrefix("/") {
            faults.append(.notAbsolute(key: key, value: mount))
        } else if mount.unicodeScalars.contains("\0") {
            faults.append(.holdsNUL(key: key))
        } else {
            // As the kernel writes mount points: no slash at the end, and none twice.
            mountsToSkip.append("/" + mount.split(separator: "/").joined(separator: "/"))
        }
    }

    private static func boolean(_ key: String, _ file: INIFile, _ faults: inout [FileFault]) -> Bool? {
        value(key, file, &faults) { text throws(UnusableFile) in try INIValue.boolean(text, key) }
    }

    private static func value<Value>(
        _ key: String, _ file: INIFile, _ faults: inout [FileFault], _ read: (String) throws(UnusableFile) -> Value
    ) -> Value? {
        guard let text = file.value(key, in: section) else { return nil }
        do {
            return try read(text)
        } catch {
            faults.append(error.fault)
            return nil
        }
    }
}
