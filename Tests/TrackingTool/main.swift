import BlockTracking
import CLinux
import Glibc
import Linux
import Messages

// The room as a program: for tests that kill it, for other kernels in a virtual machine, and for measurements.
//
// tracking-tool hold MOUNT                tracks until standard input ends
// tracking-tool take MOUNT FOLDER         opens the pinned tracking and takes until it is killed
// tracking-tool doubt MOUNT FOLDER        says why the pinned tracking cannot vouch
// tracking-tool verify MOUNT DEVICE FOLDER   begins, writes, and compares what was noted with what changed

func mount(_ path: String) throws -> Mount {
    guard let mount = try MountTable.current().mount(at: path) else { throw SystemError("mount", path, code: ENOENT) }
    return mount
}

func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}

func hold(_ path: String) throws {
    let tracker = try BlockTracker.attach(try mount(path))
    say("ready")
    while readLine() != nil {}
    say("marked \(tracker.pendingBlocks)")
    for cost in tracker.costs() where cost.runs > 0 {
        say("\(cost.program): \(cost.nanoseconds / cost.runs) ns, \(cost.runs) times")
    }
}

func takeForEver(_ path: String, _ folder: String) throws {
    guard let tracker = try PinnedTracker.open(try mount(path), in: TrackingFolder(in: folder)).tracker else { exit(2) }
    while true {
        _ = tracker.take()
        say("taken")
    }
}

let words = Array(CommandLine.arguments.dropFirst())
do {
    switch (words.first, words.count) {
    case ("hold", 2): try hold(words[1])
    case ("take", 3): try takeForEver(words[1], words[2])
    case ("doubt", 3):
        let doubt = try PinnedTracker.open(try mount(words[1]), in: TrackingFolder(in: words[2])).doubt
        say("DOUBT " + (doubt?.text(in: .en) ?? "none"))
    case ("verify", 4): try KernelCheck(mount: try mount(words[1]), node: words[2], folder: words[3]).run()
    default: exit(64)
    }
} catch let failure as Failure {
    say("FAILED \(failure.problem.message(in: .en))")
    exit(1)
} catch {
    say("FAILED \(error)")
    exit(1)
}
