public import Applications

extension Configuration {
    /// The `applications` key of `remanso.yaml` for these settings, such that reading it gives them back. Drills are not
    /// written.
    public static func text(of applications: [ApplicationSettings]) -> String {
        "applications:\n" + applications.map(entry).joined()
    }

    private static func entry(_ settings: ApplicationSettings) -> String {
        var lines = ["type: \(settings.type)"]
        if settings.name != settings.type { lines.append("name: \(quoted(settings.name))") }
        lines.append("deadline: \(duration(settings.deadlineSeconds))")
        // In the order in which the type declares them, as its documentation does.
        for option in Applications.kind(settings.type)?.options ?? [] {
            if let value = settings.values[option.key] { lines.append("\(option.key): \(text(value))") }
        }
        return "  - " + lines.joined(separator: "\n    ") + "\n"
    }

    private static func text(_ value: ApplicationSettings.Value) -> String {
        switch value {
        case .text(let text): quoted(text)
        case .integer(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .seconds(let seconds): duration(seconds)
        case .paths(let paths): "[" + paths.map(quoted).joined(separator: ", ") + "]"
        }
    }

    private static func duration(_ seconds: Double) -> String {
        let milliseconds = Int((seconds * 1000).rounded())
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }

    /// A scalar in double quotes, whatever it holds.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case _ where isPlain(scalar): result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return result + "\""
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}
