// Measures Remanso against the floor, round by round in one run, and prints medians, ratios and whether each target is
// met. scripts/bench-run.sh prepares the volumes and the settings.
//
//     measure REMANSO SETTINGS RESULTS ROUNDS VOLUME…
internal import FoundationEssentials
internal import Glibc

struct Bench {
    let remanso: String
    let settings: String
    let rounds: Int
    let volumes: [String]

    var common: [String] {
        volumes.flatMap { ["--volume", $0] } + [
            "--script-config", "\(settings)/VMSnapshotScriptPluginConfig.json", "--config", "\(settings)/remanso.yaml",
            "--vault", "\(settings)/vault", "--vault-password-file", "\(settings)/vault.key", "--json",
        ]
    }

    struct Samples {
        var window: [Double] = [], stall: [Double] = [], wall: [Double] = [], cpu: [Double] = [], pause: [Double] = []
    }

    func floor(together: Bool = false) throws -> Double {
        let arguments = (together ? ["--together"] : []) + ["1"] + volumes
        return try Floor(run(ownFolder() + "/floor", arguments)).windowMs.first ?? 0
    }

    /// Floor and Remanso in turns, the first one changing, so that what else the machine does meets both alike.
    func interleaved(_ writers: Writers?) throws -> (floor: Samples, together: Samples, remanso: Samples) {
        var floor = Samples(), together = Samples(), remanso = Samples()
        func measured<Value>(_ samples: inout Samples, _ body: () throws -> Value) throws -> Value {
            guard let writers else {
                usleep(100_000)
                return try body()
            }
            let (stall, value) = try writers.duringStall(body)
            samples.stall.append(stall)
            return value
        }
        for round in 0..<rounds {
            let turns: [() throws -> Void] = [
                { floor.window.append(try measured(&floor) { try self.floor() }) },
                { together.window.append(try measured(&together) { try self.floor(together: true) }) },
                {
                    let ran = try measured(&remanso) { try run(self.remanso, ["backup", "--rehearse"] + common) }
                    let report = try Report(ran)
                    remanso.window.append(report.pauseMs.freeze)
                    remanso.pause.append(report.pauseMs.application)
                    remanso.wall.append(ran.wallMs)
                    remanso.cpu.append(ran.cpuMs)
                },
            ]
            for turn in 0..<turns.count { try turns[(turn + round) % turns.count]() }
        }
        return (floor, together, remanso)
    }

    /// The longest write in as much time as a rehearsal takes, with nothing going on.
    func quietStalls(_ writers: Writers) throws -> [Double] {
        try (0..<rounds).map { _ in try writers.duringStall { usleep(100_000) }.stallMs }
    }

    // MARK: Memory

    /// Peaks in megabytes: of `remanso` until one of these phases begins, of the whole run, and of the freezer.
    func memory(_ arguments: [String], before phases: [String] = []) throws
        -> (remanso: Double, whole: Double, freezer: Double)
    {
        var watch: MemoryWatch?
        var start = 0.0
        let ran = try run(remanso, arguments + common) { pid in
            start = nowMs()
            watch = MemoryWatch(pid)
        }
        guard let peaks = watch?.finish() else { throw BenchmarkError("no watch") }
        let report = try Report(ran)
        // The report counts from a moment after the start: the cut is early rather than late.
        let end = report.timeline.first { phases.contains($0.phase) && $0.durationMs > 0 }.map { start + $0.startMs }
        let counted = peaks.parent.filter { $0.time <= end ?? .infinity }
        func megabytes(_ kilobytes: Int?) -> Double { Double(kilobytes ?? 0) / 1024 }
        return (
            megabytes(counted.last?.kilobytes), megabytes(peaks.parent.last?.kilobytes), megabytes(peaks.freezer)
        )
    }

    // MARK: All

    func figures() throws -> [Figure] {
        _ = try interleavedOnce()
        let writers = try Writers(on: volumes)
        let quiet = try quietStalls(writers)
        let busy = try interleaved(writers)
        let busyMemory = try (0..<5).map { _ in try memory(["backup", "--rehearse"]) }
        writers.stop()
        let idle = try interleaved(nil)
        let help = try (0..<rounds).map { _ in try run(remanso, ["--help"]).wallMs }
        // The first one makes the vault.
        let backups = try (0..<3).map { _ in try memory(["backup"], before: ["copy", "store"]) }

        func compared(
            _ name: String, _ remanso: [Double], _ floor: [Double], _ kind: Figure.Target.Kind?, _ limit: Double = 0
        ) -> Figure {
            Figure(
                name: name, remanso: median(remanso), floor: median(floor),
                target: kind.map { Figure.Target(kind: $0, limit: limit) }, samples: remanso, floorSamples: floor)
        }
        func alone(_ name: String, _ values: [Double], _ limit: Double? = nil, unit: Figure.Unit = .ms) -> Figure {
            Figure(
                name: name, unit: unit, remanso: median(values),
                target: limit.map { Figure.Target(kind: .value, limit: $0) }, samples: values)
        }
        return [
            compared("freeze window, a writer on each volume", busy.remanso.window, busy.floor.window, .ratio, 1.2),
            compared("… against a floor that freezes both at once", busy.remanso.window, busy.together.window, nil),
            compared("freeze window, idle", idle.remanso.window, idle.floor.window, .ratio, 1.2),
            compared(
                "… idle, against a floor that freezes both at once", idle.remanso.window, idle.together.window, nil),
            compared("whole run, a writer on each volume", busy.remanso.wall, busy.floor.window, .difference, 100),
            compared("whole run, idle", idle.remanso.wall, idle.floor.window, .difference, 100),
            compared("longest write during the run", busy.remanso.stall, busy.floor.stall, .ratio, 1.3),
            alone("longest write of the writers, nothing going on", quiet),
            alone("pause of the application, with writers", busy.remanso.pause),
            alone("pause of the application, idle", idle.remanso.pause),
            alone("CPU time of a run", busy.remanso.cpu),
            alone("remanso --help", help, 40),
            alone("peak memory, remanso, rehearsal", busyMemory.map(\.remanso), 32, unit: .MiB),
            alone("peak memory, remanso-freezer", busyMemory.map(\.freezer), 12, unit: .MiB),
            alone("peak memory, remanso, backup until it stores", backups.map(\.remanso), 32, unit: .MiB),
            alone("peak memory, remanso, whole backup", backups.map(\.whole), unit: .MiB),
        ]
    }

    /// Warms the page cache up: the first start of a program reads it from the disk.
    private func interleavedOnce() throws -> Double {
        _ = try Report(run(remanso, ["backup", "--rehearse"] + common))
        return try floor()
    }
}

struct Results: Encodable {
    var rounds: Int
    var cores: Int
    var memoryMiB: Int
    var kernel: String
    var figures: [Figure]
}

func results(_ bench: Bench) throws -> Results {
    let kernel = text("/proc/sys/kernel/osrelease").split(whereSeparator: \.isWhitespace).joined()
    let memory = text("/proc/meminfo").split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
    return Results(
        rounds: bench.rounds, cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)), memoryMiB: memory / 1024, kernel: kernel,
        figures: try bench.figures())
}

let words = Array(CommandLine.arguments.dropFirst())
guard words.count >= 5, let rounds = Int(words[3]) else { exit(64) }
do {
    let bench = Bench(remanso: words[0], settings: words[1], rounds: rounds, volumes: Array(words[4...]))
    let results = try results(bench)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(results).write(to: URL(filePath: words[2]))
    print("\(results.cores) cores, \(results.memoryMiB) MiB, Linux \(results.kernel); medians of \(results.rounds)\n")
    print(table(results.figures))
    let missed = results.figures.filter { $0.isMet == false }.count
    print(missed == 0 ? "\nevery target is met" : "\n\(missed) targets are missed")
    exit(missed == 0 ? 0 : 1)
} catch {
    let line = "measure: \(error)\n"
    _ = write(STDERR_FILENO, line, line.utf8.count)
    exit(2)
}
