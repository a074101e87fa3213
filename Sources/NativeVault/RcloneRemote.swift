internal import Linux
internal import Messages
internal import Vault

/// What rclone calls a remote, for a repository as restic names it: the path on the command line, and everything else,
/// secrets above all, in the environment (rclone's manual, "Config file", environment variables).
struct RcloneRemote: Sendable, Equatable {
    /// What `rclone serve restic` is to serve.
    let path: String
    /// Variables that rclone needs beside the vault's own.
    private(set) var variables: [String: String] = [:]

    private static let name = "vault"

    /// - Parameter environment: what the vault's environment file says, in the names that restic knows.
    /// - Throws: `.vaultFailed` for a repository that cannot be understood.
    init(_ location: VaultLocation, _ environment: [String: String]) throws(Failure) {
        let parts = location.repository.split(separator: ":", maxSplits: 1).map(String.init)
        let rest = parts.count > 1 ? parts[1] : ""
        let found: (path: String, options: [String: String])? =
            switch parts.first {
            case "rclone": rest.contains(":") ? (rest, [:]) : nil
            case "s3": Self.s3(rest, environment)
            case "azure": Self.azure(rest, environment)
            case "gs": Self.google(rest, environment)
            case "b2": Self.b2(rest, environment)
            case "swift": Self.bucket(rest).map { ($0, ["type": "swift", "env_auth": "true"]) }
            case "sftp": Self.sftp(rest)
            default: nil
            }
        guard let found else {
            throw Failure(.vaultFailed(repository: location.displayName, detail: location.displayName))
        }
        path = found.options.isEmpty ? found.path : "\(Self.name):\(found.path)"
        for (option, value) in found.options {
            variables["RCLONE_CONFIG_\(Self.name.uppercased())_\(option.uppercased())"] = value
        }
        // The remote is whole: somebody's own configuration must not add to it.
        if !found.options.isEmpty { variables["RCLONE_CONFIG"] = "/dev/null" }
    }

    /// `container:/path` and `bucket:path`.
    private static func bucket(_ text: String) -> String? {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.first, !name.isEmpty else { return nil }
        return joined([name] + (parts.count > 1 ? [parts[1]] : []))
    }

    private static func joined(_ parts: [some StringProtocol]) -> String {
        parts.flatMap { $0.split(separator: "/") }.filter { $0 != "." }.joined(separator: "/")
    }

    /// `s3:host/bucket/path`, `s3:https://host:9000/bucket/path`, `s3://host/bucket/path`. The keys are read by rclone
    /// under the names that restic reads them by.
    private static func s3(_ text: String, _ environment: [String: String]) -> (String, [String: String])? {
        var rest = text[...]
        var scheme = "https"
        for known in ["http", "https"] where rest.hasPrefix(known + "://") {
            scheme = known
            rest = rest.dropFirst(known.count + 3)
        }
        if rest.hasPrefix("//") { rest = rest.dropFirst(2) }
        let parts = rest.split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let host = String(parts[0]), isAmazon = host.hasSuffix("amazonaws.com")
        var options = [
            "type": "s3", "provider": isAmazon ? "AWS" : "Other", "env_auth": "true", "no_check_bucket": "true",
        ]
        if host != "s3.amazonaws.com" { options["endpoint"] = "\(scheme)://\(host)" }
        // s3.eu-central-1.amazonaws.com
        let labels = host.split(separator: ".")
        let ofHost = isAmazon && labels.count == 4 ? String(labels[1]) : nil
        options["region"] = environment["AWS_DEFAULT_REGION"] ?? environment["AWS_REGION"] ?? ofHost ?? "us-east-1"
        return (joined([parts[1]]), options)
    }

    private static func azure(_ text: String, _ environment: [String: String]) -> (String, [String: String])? {
        guard let path = bucket(text), let account = environment["AZURE_ACCOUNT_NAME"] else { return nil }
        let suffix = environment["AZURE_ENDPOINT_SUFFIX"] ?? "core.windows.net"
        var options = ["type": "azureblob", "account": account, "endpoint": "https://\(account).blob.\(suffix)"]
        options["key"] = environment["AZURE_ACCOUNT_KEY"]
        if options["key"] == nil, let token = environment["AZURE_ACCOUNT_SAS"] {
            let container = path.prefix { $0 != "/" }
            let query = token.hasPrefix("?") ? String(token.dropFirst()) : token
            options = [
                "type": "azureblob", "sas_url": "https://\(account).blob.\(suffix)/\(container)?\(query)",
            ]
        }
        return (path, options)
    }

    private static func google(_ text: String, _ environment: [String: String]) -> (String, [String: String])? {
        guard let path = bucket(text) else { return nil }
        var options = ["type": "google cloud storage"]
        options["project_number"] = environment["GOOGLE_PROJECT_ID"]
        options["service_account_file"] = environment["GOOGLE_APPLICATION_CREDENTIALS"]
        if let token = environment["GOOGLE_ACCESS_TOKEN"] {
            options["token"] = "{\"access_token\":\"\(token)\",\"token_type\":\"Bearer\"}"
        }
        return (path, options)
    }

    private static func b2(_ text: String, _ environment: [String: String]) -> (String, [String: String])? {
        guard let path = bucket(text), let account = environment["B2_ACCOUNT_ID"],
            let key = environment["B2_ACCOUNT_KEY"]
        else { return nil }
        return (path, ["type": "b2", "account": account, "key": key, "hard_delete": "true"])
    }

    /// `user@host:/path`, `//user@host:2222//path`. restic runs ssh, which reads its configuration; rclone connects by
    /// itself, with what ssh says of that host.
    private static func sftp(_ text: String) -> (String, [String: String])? {
        var host = "", path = "", port: String?
        if text.hasPrefix("//") {
            let rest = text.dropFirst(2)
            let authority = rest.prefix { $0 != "/" }
            path = String(rest[authority.endIndex...].dropFirst())
            let at = authority.lastIndex(of: "@").map(authority.index(after:)) ?? authority.startIndex
            let colon = authority[at...].lastIndex(of: ":")
            host = String(authority[..<(colon ?? authority.endIndex)])
            port = colon.map { String(authority[authority.index(after: $0)...]) }
        } else {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            (host, path) = (parts[0], parts[1])
        }
        guard !host.isEmpty, !host.hasPrefix("-") else { return nil }
        var options = SSHConfiguration(host, port: port).options
        options["type"] = "sftp"
        return (path, options)
    }
}

/// What ssh would do to reach a host.
private struct SSHConfiguration {
    /// For rclone's sftp backend.
    var options: [String: String] = [:]

    init(_ destination: String, port: String?) {
        let parts = destination.split(separator: "@").map(String.init)
        options["host"] = parts.last
        options["user"] = parts.count > 1 ? parts.dropLast().joined(separator: "@") : nil
        options["port"] = port
        guard let path = Program.find("ssh") else { return }
        var limits = ChildProcess.Limits()
        limits.deadline = Instant.now.advanced(bySeconds: 10)
        var program = Program(.path(path), ["-G"] + (port.map { ["-p", $0] } ?? []) + ["--", destination])
        program.environment["HOME"] = "/root"
        guard let result = try? ChildProcess.run(program, limits), result.ending == .exited(0) else { return }
        for line in result.output.text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2 else { continue }
            let file = words[1].replacing("~/", with: "/root/", maxReplacements: 1)
            switch words[0] {
            case "hostname": options["host"] = words[1]
            case "user": options["user"] = words[1]
            case "port": options["port"] = words[1]
            case "identityfile" where options["key_file"] == nil && Files.exists(file): options["key_file"] = file
            case "userknownhostsfile":
                options["known_hosts_file"] = file.split(separator: " ").map(String.init).first(where: Files.exists)
            default: break
            }
        }
    }
}
