/// Why something is as it is: a part of a sentence, without its full stop.
public protocol Reason: Sendable, Equatable {
    /// In English; values from outside may stand in it as they came.
    var english: String { get }
    /// In Spanish.
    var spanish: String { get }
}

extension Reason {
    /// The reason in a language, with control characters as escapes.
    public func text(in language: Language) -> String {
        switch language {
        case .en: Wording.printable(english)
        case .es: Wording.printable(spanish)
        }
    }
}
