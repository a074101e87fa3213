internal import Applications
internal import Glibc
internal import Linux
internal import Messages

/// The applications that are brought to rest natively, by a session of their own. One that cannot be lowers the level, and is left alone.
extension Attempt {
    /// Some application is there to be brought to rest.
    var holdsApplications: Bool { applications != nil && adapters.contains { $0.fault == nil } }
    /// Some application has been brought to rest, or may have been.
    var applicationsAreHeld: Bool { applications != nil && applicationsWereAsked }

    // MARK: Prepare

    /// Finds out what is where, refuses what would not be whole, and does what is slow and stops nobody.
    func prepareApplications() throws(Failure) {
        guard let plan, !options.applications.isEmpty, !isCrashOnly else { return }
        try openApplications(options.applications.filter(Applications.hasSession))
        take(Applications.surveyCgroups(options.applications))
        try refuse(misplacedApplications(plan))
        if let applications { take(try applications.prepare()) }
        try judgeApplications(.prepare)
    }

    private func openApplications(_ settings: [ApplicationSettings]) throws(Failure) {
        if settings.isEmpty { return }
        let group = try ApplicationGroup(settings, program: options.keeperPath)
        journal.update { $0.keeper = JournalRecord.LiveProcess(group.pid) }
        applications = group
        take(try group.survey())
    }

    /// Why applications have to be left alone, by their names.
    private func misplacedApplications(_ plan: Plan) -> [String: ApplicationFault] {
        let placement = ApplicationPlacement(plan)
        return adapters.reduce(into: [:]) { faults, result in
            faults[result.record.name] = placement.fault(result.record)
        }
    }

    /// Leaves applications alone, also those without a session.
    private func refuse(_ faults: [String: ApplicationFault]) throws(Failure) {
        if faults.isEmpty { return }
        if let applications { take(try applications.refuse(faults)) }
        for index in adapters.indices {
            if let fault = faults[adapters[index].record.name] { adapters[index].fault = fault }
        }
    }

    /// Takes results over, in the place of earlier ones of the same applications.
    private func take(_ results: [ApplicationResult]) {
        for result in results {
            if let index = adapters.firstIndex(where: { $0.record.name == result.record.name }) {
                adapters[index] = result
            } else {
                adapters.append(result)
            }
        }
    }

    // MARK: Hold and release

    func quiesceApplications() throws(Failure) {
        guard let applications else { return }
        pauseStart = pauseStart ?? .now
        applicationsWereAsked = true
        let settings = options.applications
        journal.update { $0.heldApplications = settings }
        take(try applications.quiesce())
        try judgeApplications(.quiesce)
    }

    func releaseApplications() throws(Failure) {
        guard let applications else { return }
        take(applications.release())
        pauseEnd = .now
        recoverApplications()
        applicationsWereAsked = false
        let isDone = snapshotResult == "ok"
        writeApplicationFiles()
        do throws(Failure) {
            try judgeApplications(.resume)
        } catch {
            if isDone { throw error }
        }
    }

    /// Undoes what may have outlived a session that was lost.
    private func recoverApplications() {
        for result in adapters where result.fault != nil {
            if let problem = HeldApplications.recover(result.record.settings) {
                note(problem, phase: PhaseName.resume.rawValue)
            }
        }
        journal.update { record in
            record.heldApplications = nil
        }
    }

    /// Notes what went wrong, and ends the run when it can no longer reach the level that is required.
    func judgeApplications(_ phase: PhaseName) throws(Failure) {
        for result in adapters {
            guard let fault = result.fault else { continue }
            note(.application(name: result.record.name, fault: fault), phase: phase.rawValue)
            applicationFailed = true
        }
        if applicationFailed { try requireLevel(atMost: .filesystem) }
    }

    // MARK: Files that lie on no volume

    private func writeApplicationFiles() {
        for index in adapters.indices {
            for file in adapters[index].files {
                let path = state.filesPath + file.path
                do throws(SystemError) {
                    try Files.makeFolder(Files.parent(of: path))
                    try Files.replace(path, with: file.content, isDurable: false)
                    adapters[index].record.files.append(file.path)
                } catch {
                    let fault = ApplicationFault.releaseFailed(detail: "\(path): \(error.reason)")
                    adapters[index].fault = adapters[index].fault ?? fault
                }
            }
            adapters[index].files = []
        }
    }

    /// What the manifest holds beside the report.
    var applicationFilePaths: [String] { adapters.contains { !$0.record.files.isEmpty } ? [state.filesPath] : [] }
}

/// What a keeper that is gone may have left.
enum HeldApplications {
    /// - Returns: why it could not be undone.
    static func recover(_ settings: ApplicationSettings) -> Problem? {
        guard let kind = Applications.kind(settings.type) else { return nil }
        do throws(ApplicationFault) {
            try kind.recover(settings)
            return nil
        } catch {
            return .application(name: settings.name, fault: error)
        }
    }
}
