// Drills of recovery points as a program: what a test watches, kills, and gives recipes of its own.
import Applications
import Drills
import Glibc
import Linux
import Messages
import Runs
import Vault

func note(_ text: String) { _ = (text + "\n").withCString { write(STDERR_FILENO, $0, strlen($0)) } }

let words = Array(CommandLine.arguments.dropFirst())
Interruption.install()
if words == ["inside"] { exit(RoomWorker.serve(kinds: TestKinds.all)) }

guard words.count >= 5 else {
    print("usage: drill-tool REPOSITORY PASSWORD-FILE RECOVERY-POINT SCRATCH STATE [without-users]")
    exit(64)
}
var options = DrillOptions(workerArguments: ["inside"])
options.kinds = TestKinds.all
options.scratch = words[3]
options.stateFolder = words[4]
options.usesUserNamespace = !words.contains("without-users")

do throws(Failure) {
    let vault = Vault(VaultLocation(repository: words[0], passwordFile: words[1]))
    let drill = Drill(try vault.recoveryPoint(words[2]), in: vault, options) { step in
        note("\(step)")
    }
    let evidence = try drill.run()
    print(String(decoding: JSONText.encode(evidence), as: UTF8.self))
    exit(evidence.outcome == .proven ? 0 : 1)
} catch {
    note(error.problem.message(in: .en))
    exit(2)
}
