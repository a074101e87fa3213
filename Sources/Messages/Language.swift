/// A language that Remanso speaks.
public enum Language: String, Sendable, CaseIterable, Codable {
    /// English.
    case en
    /// Spanish.
    case es

    /// The language that the environment asks for (`LC_ALL`, `LC_MESSAGES`, `LANG`, in this order); English otherwise.
    public static func detected(in environment: [String: String]) -> Language {
        let wanted = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        let name = (wanted ?? "").prefix { $0.isLetter }
        return Language(rawValue: name.lowercased()) ?? .en
    }
}
