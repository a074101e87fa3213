import Glibc
import Linux
import Messages
import Testing

@testable import Vault

/// Processes that die, locks that stay, secrets that must not show.
@Suite(.serialized)
struct InterruptionTests {
    @Test
    func `after restic was killed half-way the next store is clean`() throws {
        try Sandbox.with { box in
            try box.random("db/a", mebibytes: 200)
            try box.write("report.json", "{}")
            let pid = Shared<pid_t>(0)
            var request = box.request(.data, "one", [box.path("db")])
            request.onStart = { started in pid.withLock { $0 = started } }
            let killed = problem {
                _ = try box.vault.store(request) { progress in
                    if progress.bytesDone > 0 { kill(pid.withLock { $0 }, SIGKILL) }
                }
            }
            #expect(killed == .vaultFailed(repository: box.path("vault"), detail: "restic: Killed"))
            #expect(box.locks.isEmpty)
            #expect(try box.vault.recoveryPoints().isEmpty)
            try box.storePoint("two", [box.path("db")])
            try box.vault.verify(nil)
            try box.vault.verify(try box.vault.recoveryPoint("two"))
        }
    }

    @Test
    func `a deadline ends restic without leaving its lock`() throws {
        try Sandbox.with { box in
            try box.random("db/a", mebibytes: 400)
            try box.write("report.json", "{}")
            var request = box.request(.data, "one", [box.path("db")])
            request.deadline = Instant.now.advanced(bySeconds: 1.3)
            let started = Instant.now
            expect(code: "VaultUnreachable") { _ = try box.vault.store(request) }
            #expect(Instant.now.milliseconds(since: started) < 60_000)
            #expect(box.locks.isEmpty)
        }
    }

    @Test
    func `our own stale lock goes, a foreign host's stays`() throws {
        try Sandbox.with { box in
            try box.write("db/a", "a")
            try box.storePoint("one", [box.path("db")])
            let point = try box.vault.recoveryPoint("one")
            try box.leaveLock()
            #expect(try box.vault.removeOwnStaleLocks(host: "elsewhere") == 0)
            #expect(try box.vault.removeOwnStaleLocks(pids: [1]) == 0)
            // `check` wants the repository for itself: the lock is met and removed on the way.
            try box.vault.verify(point)
            #expect(box.locks.isEmpty)

            try box.leaveLock(byHost: "foreign")
            guard case .vaultLocked(_, let holder) = problem({ try box.vault.verify(point) }) else {
                Issue.record("not locked")
                return
            }
            #expect(holder.contains("foreign") && box.locks.count == 1)
            // A backup shares the repository.
            try box.storePoint("two", [box.path("db")])
            #expect(box.locks.count == 1)
        }
    }

    @Test
    func `no secret is on a command line or in an environment`() throws {
        try Sandbox.with { box in
            try box.write("vault.env", "export AWS_SECRET_ACCESS_KEY='hush hush'\n", mode: 0o600)
            var location = box.location
            location.environmentFile = box.path("vault.env")
            let password = try #require(Files.line(location.passwordFile))
            try box.write("db/a", "a")
            try box.write("report.json", "{}")
            let seen = Shared<[String]>([])
            var request = box.request(.data, "one", [box.path("db")])
            request.onStart = { pid in
                let texts = ["cmdline", "environ"].map { Files.text("/proc/\(pid)/\($0)") ?? "" }
                seen.withLock { $0 = texts }
            }
            _ = try Vault(location, options: Sandbox.options(box.root)).store(request)
            let texts = seen.withLock { $0 }
            #expect(texts[0].contains("backup") && !texts[0].contains(password) && !texts[0].contains("hush"))
            #expect(!texts[0].contains(box.path("vault.key")))
            #expect(!texts[1].contains(password) && texts[1].contains("AWS_SECRET_ACCESS_KEY=hush hush"))
        }
    }

    @Test
    func `a store that goes nowhere is given up`() throws {
        try Sandbox.empty { box in
            try box.write(
                "stub", "#!/bin/sh\n[ \"$1\" = version ] && { echo restic 0.14.0; exit; }\nexec sleep 600\n",
                mode: 0o755
            )
            var options = Sandbox.options(box.root)
            options.program = box.path("stub")
            options.patience = 1
            let location = VaultLocation(repository: "rest:http://h/", passwordFile: box.location.passwordFile)
            let started = Instant.now
            let stalled = problem { _ = try Vault(location, options: options).recoveryPoints() }
            #expect(stalled?.code.name == "VaultUnreachable")
            #expect(Instant.now.milliseconds(since: started) < 50_000)
        }
    }
}
