// Takes one image of a volume, or measures what else could be done with it.
//
//     precopy-tool image  VOLUME STATE FREEZER [STAGE]   stops for ever at the stage: settled, round, prepared, frozen, taken
//     precopy-tool copy   VOLUME STATE FREEZER           reads the whole device inside the freeze
//     precopy-tool freeze VOLUME STATE FREEZER           freezes and thaws
//
// The image goes nowhere. Prints one line of JSON; with a stage, the stage's name first.
import BlockTracking
import CLinux
import Freezing
import Glibc
import Images
import Linux
import Messages
import Snapshots

/// Reads as a vault would, and forgets.
final class NoImage: ImageSink {
    let hasParent = false

    func store(_ extents: [Extent], from source: any ImageSource) throws(Failure) {
        let next = Shared(0)
        let failures = Threads.concurrently(
            (0..<2).map { _ in
                { @Sendable () -> Failure? in
                    let memory = UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 4096)
                    defer { memory.deallocate() }
                    while true {
                        let index = next.withLock { value in
                            defer { value += 1 }
                            return value
                        }
                        guard index < extents.count else { return nil }
                        do throws(Failure) {
                            try self.read(extents[index], source, memory)
                        } catch {
                            return error
                        }
                    }
                }
            })
        if let failure = failures.compactMap({ $0 }).first { throw failure }
    }

    private func read(_ extent: Extent, _ source: any ImageSource, _ memory: UnsafeMutableRawPointer) throws(Failure) {
        var offset = extent.offset
        while offset < extent.end {
            let length = min(1 << 20, Int(extent.end - offset))
            try source.read(at: offset, into: UnsafeMutableRawBufferPointer(start: memory, count: length))
            offset += UInt64(length)
        }
    }

    func storeZeros(_ extents: [Extent]) {}
    func overlay(_ pieces: [ImagePiece]) {}
}

struct Tool {
    let mount: Mount
    let state: String
    let freezer: String
    let stage: String?

    /// Tells that this stage is reached, and stays in it if it was asked to.
    func reach(_ name: String) {
        guard let stage else { return }
        let line = name + "\n"
        _ = write(STDOUT_FILENO, line, line.utf8.count)
        while stage == name { sleep(1) }
    }

    /// - Returns: from FIFREEZE to FITHAW, in milliseconds.
    func frozen(_ body: () throws(Failure) -> Void) throws(Failure) -> Double {
        let target = try FreezeTarget.open(mount)
        let session = try FreezeSession(
            [target], deadlineSeconds: 20, ledgerPath: state + "/freeze.ledger", freezerPath: freezer)
        defer { session.close() }
        if let problem = session.freeze().compactMap(\.problem).first {
            _ = session.thaw()
            throw Failure(problem)
        }
        do throws(Failure) {
            try body()
        } catch {
            _ = session.thaw()
            throw error
        }
        _ = session.thaw()
        return session.totalMilliseconds
    }

    func image() throws(Failure) -> String {
        let root = try FreezeTarget.open(mount).root
        let tool = self
        let task = ImageTask(
            sink: NoImage(), tracker: try BlockTracker.attach(mount), isTrackerSettled: false,
            freezeForAnInstant: { (body) throws(Failure) in
                _ = try tool.frozen { () throws(Failure) in
                    tool.reach("settled")
                    try body()
                }
            }, retrack: { () throws(Failure) in try BlockTracker.attach(tool.mount) })
        var announced = task
        announced.onProgress = { if $0.bytesDone > 0 { tool.reach("round") } }
        guard let provider = SnapshotProviders.named("precopy") else { throw Failure(.noVolumes) }
        let source = SnapshotSource(mount: mount, root: root, recoveryPoint: "20260121T101500Z-7f3a", image: announced)
        let start = Instant.now
        let snapshot = try provider.prepare(source)
        defer { try? snapshot.release() }
        while true {
            try snapshot.prepareForFreeze()
            reach("prepared")
            do throws(Failure) {
                let window = try frozen { () throws(Failure) in
                    reach("frozen")
                    try snapshot.take()
                    reach("taken")
                }
                _ = try snapshot.open(wasFrozen: true)
                return json(window, snapshot.image, Instant.now.milliseconds(since: start) / 1000)
            } catch {
                guard snapshot.canTryAgain else { throw error }
                try snapshot.prepareAgain()
            }
        }
    }

    func copy() throws(Failure) -> String {
        // Only read: writing it anywhere would take longer.
        let device = Descriptor(owning: remanso_open_direct(mount.source), path: mount.source)
        try? FreezeTarget.open(mount).root.syncFileSystem()
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { memory.deallocate() }
        var bytes = 0
        let window = try frozen {
            while true {
                let count = read(device.number, memory, 1 << 20)
                if count <= 0 { break }
                bytes += count
            }
        }
        return "{\"windowMs\":\(window),\"bytes\":\(bytes)}"
    }

    func freeze() throws(Failure) -> String {
        try? FreezeTarget.open(mount).root.syncFileSystem()
        return "{\"windowMs\":\(try frozen {})}"
    }

    private func json(_ window: Double, _ image: ImageResult?, _ seconds: Double) -> String {
        let rounds = (image?.rounds ?? []).map { "\($0.bytes)" }.joined(separator: ",")
        return """
            {"windowMs":\(window),"takeMs":\((image?.finalSeconds ?? 0) * 1000),"finalBytes":\(image?.finalBytes ?? 0),\
            "bytesRead":\(image?.bytesRead ?? 0),"rounds":[\(rounds)],"failedFreezes":\(image?.failedFreezes ?? 0),\
            "exceedsBudget":\(image?.exceedsBudget ?? false),"seconds":\(seconds)}
            """
    }
}

let words = CommandLine.arguments
guard words.count >= 5, let mount = (try? MountTable.current())?.mount(at: words[2]) else { exit(64) }
let tool = Tool(mount: mount, state: words[3], freezer: words[4], stage: words.count > 5 ? words[5] : nil)
do {
    switch words[1] {
    case "image": print(try tool.image())
    case "copy": print(try tool.copy())
    case "freeze": print(try tool.freeze())
    default: exit(64)
    }
} catch {
    print("precopy-tool: \(error)")
    exit(1)
}
