/// The English texts: what is common to several of them. See the files `English….swift`.
enum English {
    /// "pre-script" or "post-script".
    static func name(_ phase: ScriptPhase) -> String {
        switch phase {
        case .pre: "pre-script"
        case .post: "post-script"
        }
    }

    /// A level as an adjective.
    static func adjective(_ level: Consistency) -> String {
        switch level {
        case .none: "no recovery point"
        case .crash: "crash-consistent"
        case .filesystem: "file-system-consistent"
        case .application: "application-consistent"
        }
    }

    static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }

    static func sentence(_ path: String, _ ending: ScriptEnding) -> String {
        switch ending {
        case .exited(126): "\(path) ended with exit status 126 (a command could not be executed)."
        case .exited(127): "\(path) ended with exit status 127 (a command was not found)."
        case .exited(let status): "\(path) ended with exit status \(status)."
        case .killed(let signal): "\(path) was ended by signal \(Wording.signal(signal))."
        case .notStarted(let reason): "\(path) could not be started: \(Wording.stripped(reason))."
        }
    }

    static func sentence(_ path: String, _ fault: FileFault) -> String {
        switch fault {
        case .syntax(let line, let column, let found):
            found.isEmpty
                ? "The text ends too early in \(path), line \(line), column \(column)."
                : "The syntax is broken in \(path), line \(line), column \(column), at “\(found)”."
        case .notUTF8: "\(path) is not UTF-8 text."
        case .tooLarge(let limit): "\(path) is larger than \(limit) bytes."
        case .tooDeep(let limit): "\(path) nests values more than \(limit) levels deep."
        case .notRegular: "\(path) is not a regular file."
        case .unreadable(let reason): "\(path) cannot be read: \(Wording.stripped(reason))."
        case .missing(let key): "\(path) lacks \(key), which is required."
        case .duplicate(let key): "\(path) holds \(key) twice."
        case .wrongType(let key, let expected): "In \(path), \(key) must be \(name(expected))."
        case .outOfRange(let key, let value, let lowest, let highest):
            highest == .max
                ? "In \(path), \(key) is \(value); it must be at least \(lowest)."
                : "In \(path), \(key) is \(value); it must be between \(lowest) and \(highest)."
        case .empty(let key): "In \(path), \(key) is empty."
        case .notAbsolute(let key, let value): "In \(path), \(key) is “\(value)”; it must be an absolute path."
        case .holdsNUL(let key): "In \(path), \(key) holds a NUL character, which no path or parameter can."
        }
    }

    static func name(_ type: ValueType) -> String {
        switch type {
        case .string: "a text in quotes"
        case .stringArray: #"an array of texts, such as ["a", "b"]"#
        case .integer: "a whole number, without quotes"
        case .boolean: "true or false, without quotes"
        case .object: "a group of keys with values"
        case .objectArray: "a list of groups of keys with values"
        case .duration: "a number with a unit, such as 500ms, 10s, 5m or 1h"
        }
    }

    static func sentence(_ fault: PermissionFault) -> String {
        switch fault {
        case .notOwnedByRoot(let path, let owner): "\(path) belongs to the user with the id \(owner), not to root."
        case .tooOpen(let path, let mode): "\(path) has mode \(mode), which gives rights to the group or to others."
        case .notExecutable(let path, let mode): "\(path) has mode \(mode), which does not let its owner execute it."
        case .folderWritable(let path, let mode):
            "The folder \(path) has mode \(mode): users other than root could replace what is in it."
        case .notRegular(let path): "\(path) is not a regular file."
        }
    }

    /// The commands that put owner and mode right; `mode` is what the file should have.
    static func remedy(_ fault: PermissionFault, mode: String) -> String {
        switch fault {
        case .notOwnedByRoot(let path, _):
            """
            Type `chown root:root \(Wording.shell(path))`; if that is another user's folder, move the file to a folder \
            of root's, such as /etc/azure.
            """
        case .tooOpen(let path, _), .notExecutable(let path, _):
            "Type `chown root:root \(Wording.shell(path))` and `chmod \(mode) \(Wording.shell(path))`."
        case .folderWritable(let path, let mode):
            Wording.isSticky(mode)
                ? "Move the file to a folder that only root can write, such as /etc/azure."
                : """
                Type `chmod go-w \(Wording.shell(path))`, or move the file to a folder that only root can write, such \
                as /etc/azure.
                """
        case .notRegular(let path):
            """
            Put the file itself at \(path), not a link, a folder or a device, and type `chmod \(mode) \
            \(Wording.shell(path))`.
            """
        }
    }

    static func clause(_ fault: ConfigurationFault) -> String {
        switch fault {
        case .syntax(let words): "this is not valid YAML: \(Wording.stripped(words))"
        case .unknownKey(let known): "there is no such key here; the known ones are \(known.joined(separator: ", "))"
        case .duplicateKey: "the key stands here for the second time"
        case .wrongType(let expected): "expected \(name(expected))"
        case .durationWithoutUnit(let value): "“\(value)” has no unit; expected \(name(.duration))"
        case .outOfRange(let lowest, let highest): "expected a value between \(lowest) and \(highest)"
        case .notOneOf(let values): "expected one of \(values.joined(separator: ", "))"
        case .notAbsolute(let value): "“\(value)” is not an absolute path"
        case .empty: "the value is empty"
        case .missing: "this key is missing"
        case .notUnique(let name): "another one is called \(name) already; give each a `name` of its own"
        case .excludedBy(let key): "the key cannot stand beside `\(key)`; remove one of the two"
        case .oneNeeded(let keys): "one of these keys is needed here: \(keys.joined(separator: ", "))"
        }
    }
}
