internal import Glibc
internal import Linux
internal import Messages

/// Finds the control group of a unit or container. That is all a session does here: a frozen group outlives every process,
/// so it is held by those who hold frozen file systems, and thawed by them.
final class CgroupSession: ApplicationSession {
    static let fact = "cgroup"
    private let settings: ApplicationSettings

    init(_ settings: ApplicationSettings) { self.settings = settings }

    func survey() throws(ApplicationFault) -> ApplicationSurvey {
        let path = try folder()
        let cgroup = try Self.open(path)
        if !cgroup.processes.isDisjoint(with: Self.ownLine) { throw .cgroup(path: path, .holdsRemanso) }
        if cgroup.isFrozen { throw .cgroup(path: path, .frozenByOthers) }
        return ApplicationSurvey(version: "", folders: settings.paths("data"), facts: [Self.fact: path])
    }

    func prepare(_ log: any StepLog) {}
    func quiesce(_ log: any StepLog) {}
    func release(_ log: any StepLog) -> ApplicationRelease { ApplicationRelease() }
    func close() {}
    func interrupt() {}

    // MARK: The group

    private func folder() throws(ApplicationFault) -> String {
        switch (settings.text("unit"), settings.text("cgroup")) {
        case (let unit?, nil): return try folder(of: unit)
        case (nil, let path?):
            guard let real = Files.resolved(path) else { throw .cgroup(path: path, .missing) }
            return real
        default: throw .cgroup(path: "", .notNamed)
        }
    }

    /// systemd names the folder of a unit, and of a container that it starts, after it, in whatever slice.
    private func folder(of unit: String) throws(ApplicationFault) -> String {
        let name = unit.contains(".") ? unit : unit + ".service"
        let found: [String]
        do throws(SystemError) {
            found = try Cgroup.folders(named: name)
        } catch {
            throw .cgroup(path: name, .failed(reason: error.reason))
        }
        guard let first = found.first else { throw .cgroup(path: name, .missing) }
        if found.count > 1 { throw .cgroup(path: name, .ambiguous(paths: found)) }
        return first
    }

    private static func open(_ path: String) throws(ApplicationFault) -> Cgroup {
        do throws(SystemError) {
            return try Cgroup(path)
        } catch {
            switch error.code {
            case ENOENT: throw .cgroup(path: path, .missing)
            case EINVAL, ENOTDIR: throw .cgroup(path: path, .notCgroup)
            case EOPNOTSUPP: throw .cgroup(path: path, .cannotFreeze)
            default: throw .cgroup(path: path, .failed(reason: error.reason))
            }
        }
    }

    /// This process and those it descends from. What it starts, freezer and restic among them, is born in its own group.
    private static var ownLine: Set<Int32> {
        var line: Set<Int32> = []
        var next: Int32? = getpid()
        while let pid = next, pid > 0, line.insert(pid).inserted { next = ProcessTable.entry(pid)?.parent }
        return line
    }
}
