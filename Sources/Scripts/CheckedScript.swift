internal import Glibc
public import Linux
public import Messages

/// A script whose owner, mode and folders were checked, open for running. What was checked is what runs: a file that
/// takes its name afterwards is never looked at.
public struct CheckedScript: Sendable {
    /// The script's file.
    public let file: Descriptor
    /// What was configured.
    public let spec: ScriptSpec
    /// When it runs.
    public let phase: ScriptPhase

    /// Checks and opens a script (contract, "Scripts").
    /// - Throws: `.scriptNotFound` when nothing stands at the path, `.scriptPermission` when the kind, the owner or the
    ///   mode of the file or of a folder on the way is wrong, `.systemCall` when the kernel refused for another reason.
    public static func open(_ spec: ScriptSpec, _ phase: ScriptPhase) throws(Failure) -> CheckedScript {
        let notFound = Problem.scriptNotFound(phase, path: spec.path, key: phase.locationKey)
        if spec.path.isEmpty { throw Failure(notFound) }
        do {
            return CheckedScript(file: try TrustedPath.open(spec.path, .script), spec: spec, phase: phase)
        } catch {
            switch error {
            case .missing:
                throw Failure(notFound)
            case .permission(let fault):
                throw Failure(.scriptPermission(phase, fault: fault))
            case .system(let error) where [ELOOP, ENAMETOOLONG].contains(error.code):
                throw Failure(notFound)
            case .system(let error):
                throw Failure(
                    .systemCall(operation: error.operation, subject: error.subject, reason: error.reason))
            }
        }
    }
}
