extension Problem {
    /// What happened, in one to three sentences that name the file, volume, key or value concerned.
    ///
    /// Values come from outside (file names, output of other programs), so control characters are shown as escapes:
    /// a file name cannot repaint the terminal or fake a line of the log.
    public func message(in language: Language) -> String {
        switch language {
        case .en: Wording.printable(English.message(of: self))
        case .es: Wording.printable(Spanish.message(of: self))
        }
    }

    /// What the administrator should do now. Commands stand between backquotes, with paths quoted for the shell.
    public func action(in language: Language) -> String {
        switch language {
        case .en: Wording.printable(English.action(for: self))
        case .es: Wording.printable(Spanish.action(for: self))
        }
    }

    /// What the code of this problem means in general, without this problem's values.
    func meaning(in language: Language) -> String {
        switch language {
        case .en: English.meaning(of: self)
        case .es: Spanish.meaning(of: self)
        }
    }
}

extension Finding {
    /// What happened; see ``Problem/message(in:)``.
    public func message(in language: Language) -> String { problem.message(in: language) }

    /// What to do; see ``Problem/action(in:)``.
    public func action(in language: Language) -> String { problem.action(in: language) }
}
