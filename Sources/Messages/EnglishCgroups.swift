extension English {
    static func message(of obstacle: CgroupObstacle, _ name: String, _ path: String) -> String {
        switch obstacle {
        case .notNamed: "\(name) needs `unit` or `cgroup`, and not both: one says what is to be frozen."
        case .missing: "\(name) does not run: there is no control group \(path)."
        case .ambiguous(let paths): "Several control groups are called \(path): \(paths.joined(separator: ", "))."
        case .notCgroup: "\(path) of \(name) is no control group of version 2."
        case .cannotFreeze: "The control group \(path) of \(name) cannot be frozen: the kernel offers no way to."
        case .holdsRemanso:
            "\(name) was left alone: Remanso itself, or what has started it, runs in the control group \(path)."
        case .overlaps(let other):
            "\(name) was left alone: its control group \(path) is that of \(other), lies within it, or holds it."
        case .frozenByOthers: "\(name) was left alone: somebody else has frozen its control group \(path) already."
        case .thawedByOthers:
            "Somebody else thawed or ended \(name) (control group \(path)) before the snapshot was done."
        case .restless: "\(name) was let go: not every process of its control group \(path) came to rest in time."
        case .failed(let reason):
            "The control group \(path) of \(name) could not be frozen: \(Wording.stripped(reason))."
        }
    }

    static func action(for obstacle: CgroupObstacle, _ name: String, _ path: String) -> String {
        switch obstacle {
        case .notNamed:
            "Give `unit: NAME.service` or `cgroup: /sys/fs/cgroup/…` of \(name) in remanso.yaml, and not both."
        case .missing: "Start it, or correct its name in remanso.yaml: `systemd-cgls` shows all that run."
        case .ambiguous: "Write the right one as `cgroup` of \(name) in remanso.yaml, in the place of `unit`."
        case .notCgroup: "Correct `cgroup` of \(name) in remanso.yaml: `systemd-cgls` shows all groups that there are."
        case .cannotFreeze:
            "Name a group below the root of all groups, on Linux 5.2 or later; otherwise use a pre- and a post-script."
        case .holdsRemanso: "Run Remanso outside of \(path): as a service of its own, for one."
        case .overlaps: "Keep one of the two applications in remanso.yaml: a frozen group rests with all groups in it."
        case .frozenByOthers:
            "Find out who froze it; when nobody needs that any more: `echo 0 > \(Wording.shell(path + "/cgroup.freeze"))`."
        case .thawedByOthers: "Find out who did that at the time of the backup, and start the backup again."
        case .restless:
            "A process that waits for a disk or a network file system cannot be frozen: `ps -eo pid,stat,wchan,args` shows it."
        case .failed: "Look into the kernel's log with `dmesg`, and start the backup again."
        }
    }
}
