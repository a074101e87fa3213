internal import Glibc
internal import Linux
internal import Messages
internal import Runs
internal import Vault

/// `remanso backup`: one run, a rehearsal, or only the plan.
enum BackupCommand {
    static let spec = CommandSpec(name: .backup, options: [.rehearse, .dryRun, .html], run: run)

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        if invocation.has(.rehearse), invocation.has(.dryRun) {
            throw invocation.usage(.conflicting(OptionName.rehearse.rawValue, OptionName.dryRun.rawValue))
        }
        // Before the configuration, which may be closed to everybody else: that would be the wrong reason.
        guard geteuid() == 0 || invocation.has(.dryRun) else { throw Failure(.notRoot) }
        let settings = try Settings(invocation)
        let options = try settings.runOptions(invocation.has(.rehearse) ? .rehearsal : .backup)
        if invocation.has(.dryRun) { return try PlanScreen.show(Plan.make(options), options, invocation) }
        if settings.passwordFileIsExplicit, options.mode == .backup {
            try PasswordFile.check(options.vault.passwordFile)
        }
        let html = try invocation.value(.html).map(writableFile)
        let progress = ProgressScreen(language: invocation.language, attempts: options.attempts)
        let report = try BackupRun.perform(options, observer: progress)
        progress.finish()
        if invocation.has(.json) {
            Terminal.print(json: report.json())
        } else {
            ReportScreen.show(report, in: invocation.language, isVerbose: invocation.has(.verbose))
        }
        if let html { try HTMLReport.write(report, to: html, in: invocation.language) }
        return ExitStatus(report.outcome)
    }

    /// A page that cannot be written is better known before the application is paused.
    private static func writableFile(_ path: String) throws(Failure) -> String {
        let folder = Files.parent(of: path)
        guard Files.isFolder(folder), !Files.isFolder(path) else {
            throw Failure(.cannotWrite(path: path, reason: SystemError.reason(of: 2)))
        }
        return path
    }
}
