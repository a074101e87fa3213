internal import Glibc
internal import Linux
internal import Messages

/// What is wrong with bytes that were read, in technical terms; whoever knows the file adds its name.
struct Damage: Error, Equatable {
    let what: String

    init(_ what: String) { self.what = what }

    static let authentication = Damage("Poly1305-AES")
    static let hash = Damage("SHA-256")
    static let compression = Damage("zstd")
    static let truncated = Damage("EOF")
}

extension Problem {
    static func systemCall(_ error: SystemError) -> Problem {
        .systemCall(operation: error.operation, subject: error.subject, reason: error.reason)
    }
}

extension Failure {
    /// A system call that failed on the repository named.
    init(_ error: SystemError, repository: String) {
        switch error.code {
        case ENOSPC, EDQUOT: self.init(.vaultFull(repository: repository))
        default: self.init(.vaultFailed(repository: repository, detail: error.description))
        }
    }

    /// A call of libcrypto or libzstd that failed, which only a lack of memory explains.
    init(library call: String) {
        self.init(.systemCall(SystemError(call, "", code: ENOMEM)))
    }
}

/// Runs `body` and turns the system's reason into the failure that a user is told.
func onRepository<Value>(_ name: String, _ body: () throws(SystemError) -> Value) throws(Failure) -> Value {
    do throws(SystemError) {
        return try body()
    } catch {
        throw Failure(error, repository: name)
    }
}
