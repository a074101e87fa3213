internal import Glibc
internal import Linux
internal import Messages

extension Restic {
    /// The path of the program.
    func executable() throws(Failure) -> String {
        guard let path = Program.find(options.program) else { throw Failure(.resticMissing) }
        return path
    }

    /// The program with its environment: nothing secret stands on a command line, where everybody can read it.
    func program(for task: ResticTask) throws(Failure) -> Program {
        let password: Descriptor
        let bytes = try PasswordFile.read(location.passwordFile)
        do throws(SystemError) {
            // In memory: a view may hide the file's folder, and what was checked is what is used.
            password = try Descriptor.inMemory("vault-password", holding: bytes)
            try Files.makeFolder(temporaryFolder)
        } catch {
            throw Failure(.cannotWrite(path: error.subject, reason: error.reason))
        }
        var environment = Program.plainEnvironment
        environment.merge(try location.environment()) { _, new in new }
        // Without HOME ssh and rclone find no configuration; restic reads `--time` in the zone of TZ.
        environment["HOME"] = environment["HOME"] ?? "/root"
        environment["TZ"] = "UTC"
        environment["TMPDIR"] = temporaryFolder
        environment["RESTIC_REPOSITORY"] = location.resticRepository
        environment["RESTIC_PASSWORD_FILE"] = "/proc/self/fd/\(password.number)"
        environment["RESTIC_PROGRESS_FPS"] = "2"
        var program = try image(for: task, environment)
        program.inherited = [password]
        program.parentDeathSignal = SIGINT
        return program
    }

    private func image(for task: ResticTask, _ environment: [String: String]) throws(Failure) -> Program {
        let path = try executable()
        let arguments = globalFlags(for: task) + certificateFlags(environment) + task.arguments
        guard task.discardsOutput else { return Program(.path(path), arguments, environment: environment) }
        // The shell becomes restic: gigabytes go nowhere without passing through this process.
        let script = "exec \"$0\" \"$@\" >/dev/null"
        return Program(.path("/bin/sh"), ["-c", script, path] + arguments, environment: environment)
    }

    private func globalFlags(for task: ResticTask) -> [String] {
        var flags: [String] = []
        if !task.isLocking || isReadOnly { flags.append("--no-lock") }
        // A cache beside a local repository would only be a second copy.
        flags += location.localFolder == nil ? ["--cache-dir", options.workFolder + "/cache"] : ["--no-cache"]
        return flags
    }

    /// Before 0.16 restic does not look for these in its environment.
    private func certificateFlags(_ environment: [String: String]) -> [String] {
        let certificates = VaultLocation.Certificates(environment)
        let flags = [("--cacert", certificates.authorities), ("--tls-client-cert", certificates.client)]
        return flags.flatMap { flag, file in file.map { [flag, $0] } ?? [] }
    }

    private var temporaryFolder: String { options.workFolder + "/tmp" }

    /// Whether the repository is a folder of a read-only file system.
    var isReadOnly: Bool { location.localFolder.map(Files.isOnReadOnlyFilesystem) ?? false }
}
