extension English {
    static func message(of fault: ApplicationFault, _ name: String) -> String {
        switch fault {
        case .libraryMissing(let library, _): "To speak with \(name), Remanso needs \(library), which was not found."
        case .credentialsUnusable(let path, let reason):
            "The credentials file \(path) of \(name) cannot be used: \(Wording.stripped(reason))."
        case .refused(let detail): "\(name) refused the user or the password: \(Wording.stripped(detail))."
        case .unreachable(let detail): "\(name) does not answer: \(Wording.stripped(detail))."
        case .notReady(let detail): "\(name) answers, but is not ready for work: \(Wording.stripped(detail))."
        case .versionTooOld(let found, let needed): "\(name) is version \(found); Remanso needs at least \(needed)."
        case .outsideVolumes(let path):
            "\(name) keeps data at \(path), which lies on no volume of this backup. It was left alone."
        case .noCommonInstant(let volumes):
            """
            The data of \(name) lies on volumes whose snapshots are not of one instant: \
            \(volumes.joined(separator: ", ")). It was left alone.
            """
        case .busy(let detail):
            "\(name) was left alone, so that nobody has to queue behind something slow: \(Wording.stripped(detail))."
        case .quiesceFailed(let detail): "\(name) could not be brought to rest: \(Wording.stripped(detail))."
        case .deadlineExceeded(let seconds):
            "\(name) was let go after \(number(seconds)) s, its deadline, before the snapshot was done."
        case .sessionLost(let detail):
            "The session that held \(name) ended before the snapshot was done: \(Wording.stripped(detail))."
        case .releaseFailed(let detail):
            "\(name) was not let go as it should have been: \(Wording.stripped(detail))."
        case .setting(let key, let reason):
            "\(name) cannot be handled as `\(key)` says: \(Wording.stripped(reason))."
        case .cgroup(let path, let obstacle): message(of: obstacle, name, path)
        }
    }

    static func meaning(of fault: ApplicationFault) -> String {
        switch fault {
        case .libraryMissing: "The library by which Remanso speaks with an application is not installed."
        case .credentialsUnusable, .refused: "An application did not accept the user and password that Remanso gave."
        case .unreachable: "An application that the configuration names cannot be reached."
        case .notReady: "An application answers, but does not serve: it starts, loads its data or is shutting down."
        case .versionTooOld: "An application is too old for what Remanso does with it."
        case .outsideVolumes:
            "An application keeps data outside the volumes of the backup, so the recovery point would not be whole."
        case .noCommonInstant:
            "An application keeps data on several volumes, and their snapshots cannot be taken at one instant."
        case .busy:
            "Something long runs in the application; to bring it to rest, everybody would have to wait behind it."
        case .quiesceFailed: "The application did not do what brings it to rest."
        case .deadlineExceeded: "The application was let go by its own deadline, so that it stands still no longer."
        case .sessionLost: "The connection that held the application at rest ended too early."
        case .releaseFailed: "After the snapshot, the application did not do what sets it free in an orderly way."
        case .setting: "A setting of an application does not fit what the application is."
        case .cgroup: "The control group of an application could not be frozen, or not until the end."
        }
    }

    static func action(for fault: ApplicationFault, _ name: String) -> String {
        switch fault {
        case .libraryMissing(_, let package): "Install it: `apt install \(package)`."
        case .credentialsUnusable(let path, _):
            """
            It must belong to root and have mode 600: `chown root: \(Wording.shell(path)) && chmod 600 \
            \(Wording.shell(path))`. Its lines are `user = …` and `password = …`.
            """
        case .refused: "Correct user and password in the credentials file of \(name), then type `remanso check`."
        case .unreachable: "See whether it runs and listens where the configuration says, then type `remanso check`."
        case .notReady: "Wait until it serves, then start the backup again: `remanso backup`."
        case .versionTooOld: "Use a pre- and a post-script for it, or upgrade it."
        case .outsideVolumes(let path):
            "Add the volume that holds \(path) to `volumes`: `findmnt --target \(Wording.shell(path))` shows it."
        case .noCommonInstant:
            "Keep its data on one volume, or freeze all of them: `remanso backup --dry-run` shows why not."
        case .busy: "Start the backup when that has ended, or see to it that it does not run at the time of the backup."
        case .quiesceFailed, .releaseFailed:
            "Look into the application's own log for the reason, and start the backup again."
        case .deadlineExceeded:
            "Find out with `remanso show latest` what took so long; if it must, raise its `deadline`."
        case .sessionLost: "See in the application's own log who ended it, and start the backup again."
        case .setting(let key, _): "Correct `\(key)` of \(name) in remanso.yaml, then type `remanso check`."
        case .cgroup(let path, let obstacle): action(for: obstacle, name, path)
        }
    }

    private static func number(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    }
}
