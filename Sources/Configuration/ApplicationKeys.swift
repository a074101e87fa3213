internal import Applications
internal import Messages

/// The keys below `applications`: those that every type has, and those that the type itself declares.
enum ApplicationKeys {
    private static let common = ["type", "name", "deadline", "drill"]

    static func read(_ root: Section, _ key: String) throws(Failure) -> [ApplicationSettings] {
        var all: [ApplicationSettings] = []
        for section in try root.sections(key) {
            let settings = try settings(section)
            // Reports and drills tell them apart by name.
            if all.contains(where: { $0.name == settings.name }) { throw section.failure(.notUnique(settings.name)) }
            all.append(settings)
        }
        return all
    }

    private static func settings(_ section: Section) throws(Failure) -> ApplicationSettings {
        let types = Applications.all.map(\.type)
        let type = try section.required("type", section.choice("type", types))
        var settings = ApplicationSettings(type: type, name: try section.text("name") ?? type)
        let options = Applications.kind(type)?.options ?? []
        try section.allow(common + options.map(\.key))
        let limits = ((1.0, "1s"), (600.0, "10m"))
        settings.deadlineSeconds =
            try section.seconds("deadline", from: limits.0, to: limits.1) ?? settings.deadlineSeconds
        // Who names both means one of them, and only the file's author knows which.
        try section.exclude(["host", "port"], beside: "socket")
        for option in options {
            let value = try value(option, section)
            settings.values[option.key] = option.isRequired ? try section.required(option.key, value) : value
        }
        if let drill = try section.section("drill") { settings.drill = try self.drill(drill) }
        return settings
    }

    private static func value(_ option: ApplicationOption, _ section: Section) throws(Failure)
        -> ApplicationSettings.Value?
    {
        switch option.kind {
        case .text: try section.text(option.key).map { .text($0) }
        case .path: try section.path(option.key).map { .text($0) }
        case .paths: try section.paths(option.key, mayBeEmpty: false).map { .paths($0) }
        case .choice(let known): try section.choice(option.key, known).map { .text($0) }
        case .integer(let limits): try section.integer(option.key, in: limits).map { .integer($0) }
        case .flag: try section.flag(option.key).map { .flag($0) }
        case .seconds: try section.seconds(option.key, from: (1, "1s"), to: (3600, "1h")).map { .seconds($0) }
        }
    }

    private static func drill(_ section: Section) throws(Failure) -> ApplicationSettings.Drill {
        try section.allow(["probe", "timeout"])
        var drill = ApplicationSettings.Drill()
        drill.timeoutSeconds =
            try section.seconds("timeout", from: (1, "1s"), to: (86_400, "24h")) ?? drill.timeoutSeconds
        guard let probe = try section.section("probe") else { return drill }
        try probe.allow(["query", "script", "expect"])
        drill.query = try probe.text("query")
        drill.script = try probe.path("script")
        drill.expect = try probe.answer("expect")
        if drill.query == nil && drill.script == nil { throw probe.failure(.oneNeeded(["query", "script"])) }
        try probe.exclude(["script"], beside: "query")
        return drill
    }
}
