// Holds one application, for tests that kill it: application-tool SETTINGS.json
//
// Walks a session as far as the quiesce and prints a line after each step: surveyed, prepared, quiesced. Then it stops for
// ever. A step that fails prints its fault and ends the program.
import Applications
import FoundationEssentials
import Glibc
import Linux
import Messages

private final class NoLog: StepLog {
    func measure<Value>(_ action: String, _ body: () throws(ApplicationFault) -> Value) throws(ApplicationFault)
        -> Value
    { try body() }
}

private func say(_ line: String) {
    print(line)
    fflush(nil)
}

private func hold(_ settings: ApplicationSettings) throws {
    guard let kind = Applications.kind(settings.type) else { throw SystemError("type", settings.type, code: EINVAL) }
    let session = try kind.session(settings)
    let log = NoLog()
    _ = try session.survey()
    say("surveyed")
    try session.prepare(log)
    say("prepared")
    try session.quiesce(log)
    say("quiesced")
    while true { pause() }
}

do {
    let file = try Descriptor.open(CommandLine.arguments.last ?? "", O_RDONLY)
    let settings = try JSONDecoder().decode(ApplicationSettings.self, from: Data(file.readAll(limit: 1 << 20)))
    try hold(settings)
} catch {
    say("\(error)")
    exit(1)
}
