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
        let sessions = options.applications.filter(Applications.hasSession)
        try openApplications(sessions)
        take(Applications.surveyCgroups(options.applications))
        let placement = ApplicationPlacement(plan)
        let refused = adapters.compactMap { result in
            placement.fault(result.record).map { (name: result.record.name, fault: $0) }
        }
        if !refused.isEmpty {
            let left = sessions.filter { one in !refused.contains { $0.name == one.name } }
            try openApplications(left)
            for one in refused { refuse(one.name, one.fault) }
        }
        if let applications { take(try applications.prepare()) }
        try judgeApplications(.prepare)
    }

    private func openApplications(_ settings: [ApplicationSettings]) throws(Failure) {
        applications?.close()
        applications = nil
        if settings.isEmpty { return }
        let group = try ApplicationGroup(settings, program: options.keeperPath)
        journal.update { $0.keeper = JournalRecord.LiveProcess(group.pid) }
        applications = group
        take(try group.survey())
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

    private func refuse(_ name: String, _ fault: ApplicationFault) {
        guard let index = adapters.firstIndex(where: { $0.record.name == name }) else { return }
        adapters[index].fault = fault
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
