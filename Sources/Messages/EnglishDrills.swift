extension English {
    static func message(of fault: DrillFault, _ name: String) -> String {
        switch fault {
        case .programMissing(let program): "The drill of \(name) needs \(program), which is not installed here."
        case .dataMissing(let path): "\(path), which \(name) needs, is not in the recovery point."
        case .scratchFull(let path): "There is too little space in \(path) for the drill of \(name)."
        case .fileSystemDamaged(let volume, let detail):
            "The file system of \(volume) is damaged in the recovery point: \(last(detail))."
        case .portInUse(let detail):
            "\(name) did not start, because something else uses its port: \(Wording.stripped(detail))."
        case .ended(let program, let how, let log):
            "\(name) did not start from the recovery point: \(program) ended (\(how))\(tail(log))."
        case .noAnswer(let seconds, let log):
            "\(name) was started from the recovery point and did not answer within \(Int(seconds)) s\(tail(log))."
        case .notOurs(let pid):
            "What answered in the drill of \(name) is the process \(pid), and not the one that was started."
        case .checkFailed(let check, let output):
            "\(name) started from the recovery point, but `\(check)` found something\(tail(output))."
        case .probeFailed(let detail): "\(name) started, but the probe failed: \(last(detail))."
        case .probeDiffers(let expected, let found):
            "\(name) started, but the probe answered “\(found)” instead of “\(expected)”."
        case .impossible(let detail): "The drill of \(name) could not be carried out: \(last(detail))."
        }
    }

    private static func last(_ text: String) -> String { Wording.lastLine(text) ?? "no reason was given" }

    private static func tail(_ log: String) -> String { Wording.lastLine(log).map { ": \($0)" } ?? "" }

    static func meaning(of fault: DrillFault) -> String {
        switch fault {
        case .programMissing: "A drill starts the application with its own program, which is not on this machine."
        case .dataMissing: "A folder or file that the application needs is not in the recovery point."
        case .scratchFull: "The folder for drills has too little space for what the application changes there."
        case .fileSystemDamaged: "The file system in the image of a volume is not sound."
        case .portInUse: "The application could not have its port in the drill."
        case .ended: "The application did not start from the recovery point: its program ended."
        case .noAnswer: "The application was started from the recovery point, and did not answer in time."
        case .notOurs: "Another process than the one that the drill had started has answered, so nothing is proven."
        case .checkFailed: "The application started from the recovery point, but its own check found damage."
        case .probeFailed: "The probe of the configuration could not be asked, or ended with an error."
        case .probeDiffers: "The probe of the configuration got another answer than the one that is expected."
        case .impossible:
            "The drill could not be carried out on this machine; it says nothing about the recovery point."
        }
    }

    static func action(for fault: DrillFault, _ name: String) -> String {
        switch fault {
        case .programMissing(let program):
            "Install the package that holds \(program), in the version of \(name) that was backed up."
        case .dataMissing(let path):
            "Add the volume that holds \(Wording.shell(path)) to `volumes`, and make a new recovery point."
        case .scratchFull(let path):
            "Make space in \(Wording.shell(path)), or name another folder: `remanso drill --scratch DIR`."
        case .fileSystemDamaged(let volume, _):
            "Check the live file system of \(volume), and make a new recovery point: `remanso backup`."
        case .portInUse: "See in the log what listens there; the room of a drill has a network of its own."
        case .ended, .noAnswer:
            "Read its log with `remanso show ID`, and check the live application before anything else."
        case .notOurs: "See which process that is, and whether the drill's user may start it at all."
        case .checkFailed:
            "Run the same check on the live application; if it is sound, restore from another recovery point."
        case .probeFailed, .probeDiffers:
            "Compare `drill` of \(name) in remanso.yaml with what the live application says."
        case .impossible: "Remove the cause that the message names, then type `remanso drill` again."
        }
    }
}
