internal import Commands
internal import Glibc

var environment: [String: String] = [:]
for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
    if let value = getenv(name) { environment[name] = String(cString: value) }
}
exit(RemansoCommand.main(Array(CommandLine.arguments.dropFirst()), environment: environment))
