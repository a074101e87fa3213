// The small process that holds a freeze. It owns nothing but the descriptors it was started with, speaks one byte at
// a time with its parent, and thaws on the parent's word or death, on a termination signal, or at the deadline.
// Between the first freeze and the last thaw it neither allocates, looks up a path nor writes a log.
internal import CLinux
internal import Glibc

let arguments = CommandLine.arguments.dropFirst().compactMap { Int32($0) }
guard arguments.count >= 3, arguments.count == CommandLine.arguments.count - 1 else {
    refuse("remanso-freezer is started by remanso. To undo a freeze by hand, type: remanso thaw", status: 64)
}
guard let ledger = mapLedger(arguments[1]),
    let keeper = Keeper(socket: arguments[0], ledger: ledger, descriptors: Array(arguments.dropFirst(2)))
else {
    refuse("remanso-freezer: \(String(cString: strerror(errno)))", status: 1)
}
protectFromMemoryPressure()
keeper.run()
exit(0)
