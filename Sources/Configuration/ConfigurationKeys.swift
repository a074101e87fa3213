internal import Messages

/// Every key of `remanso.yaml`, with its type and limits.
extension Configuration {
    mutating func apply(_ root: Section) throws(Failure) {
        try root.allow([
            "volumes", "exclude", "vault", "scripts", "applications", "provider", "freeze", "retry", "require",
            "retention",
        ])
        volumes = try root.paths("volumes", mayBeEmpty: false)
        exclude = try root.paths("exclude", mayBeEmpty: true) ?? []
        if let section = try root.section("vault") { vault = try Vault(section) }
        if let section = try root.section("scripts") { scripts = try Scripts(section) }
        applications = try ApplicationKeys.read(root, "applications")
        provider = try root.text("provider").flatMap { $0 == "auto" ? nil : $0 }
        if let section = try root.section("freeze") { freeze = try Freeze(section) }
        if let section = try root.section("retry") { retry = try Retry(section) }
        require = try root.level("require")
        if let section = try root.section("retention") { retention = try Retention(section) }
    }
}

extension Configuration.Vault {
    fileprivate init(_ section: Section) throws(Failure) {
        try section.allow(["repository", "passwordFile", "environmentFile"])
        repository = try section.repository("repository")
        passwordFile = try section.path("passwordFile")
        environmentFile = try section.path("environmentFile")
    }
}

extension Configuration.Scripts {
    fileprivate init(_ section: Section) throws(Failure) {
        try section.allow(["config"])
        config = try section.path("config")
    }
}

extension Configuration.Freeze {
    fileprivate init(_ section: Section) throws(Failure) {
        try section.allow(["deadline", "budget"])
        deadline = try section.seconds("deadline", from: (0.1, "100ms"), to: (600, "10m"))
        budget = try section.seconds("budget", from: (0.01, "10ms"), to: (60, "1m"))
    }
}

extension Configuration.Retry {
    fileprivate init(_ section: Section) throws(Failure) {
        self.init()
        try section.allow(["attempts", "delay"])
        attempts = try section.integer("attempts", in: 1...100) ?? attempts
        delay = try section.seconds("delay", from: (0, "0s"), to: (86_400, "24h")) ?? delay
    }
}

extension Configuration.Retention {
    fileprivate init(_ section: Section) throws(Failure) {
        let limits = 0...9999
        try section.allow(["last", "daily", "weekly", "monthly", "yearly"])
        last = try section.integer("last", in: limits) ?? 0
        daily = try section.integer("daily", in: limits) ?? 0
        weekly = try section.integer("weekly", in: limits) ?? 0
        monthly = try section.integer("monthly", in: limits) ?? 0
        yearly = try section.integer("yearly", in: limits) ?? 0
        // Nothing to keep means that the next prune empties the vault: nobody asks for that on purpose.
        if last + daily + weekly + monthly + yearly == 0 {
            throw section.failure(.outOfRange(lowest: "1", highest: "\(limits.upperBound)"))
        }
    }
}
