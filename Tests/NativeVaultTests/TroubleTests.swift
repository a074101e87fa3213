import Fixtures
import Glibc
import Linux
import Messages
import Testing
import Vault

@testable import ImageVault
@testable import NativeVault

/// Servers in trouble: named, nothing harmed, and nobody waits longer than the patience.
@Suite struct ServerTrouble {
    /// A repository behind a server behind a network that can be made bad.
    private func withProxy(_ body: (Store, Proxy) throws -> Void) throws {
        try Sandbox.with { sandbox in
            let vault = try TestVault(in: sandbox.path)
            try RESTFixture.with(vault.repository, in: sandbox) { server in
                try Proxy.with(server, in: sandbox) { proxy in
                    let location = VaultLocation(
                        repository: proxy.repository(server), passwordFile: vault.passwordFile)
                    try body(Store(sandbox: sandbox, location: location, folder: vault.repository), proxy)
                }
            }
        }
    }

    private func expectUnreachable(
        _ found: Problem?, _ words: String, since start: Instant, within seconds: Double,
        _ place: SourceLocation = #_sourceLocation
    ) {
        guard case .vaultUnreachable(let repository, let reason)? = found else {
            Issue.record("\(String(describing: found))", sourceLocation: place)
            return
        }
        #expect(words.isEmpty || reason.contains(words), "\(reason)", sourceLocation: place)
        #expect(!repository.contains("p%40ss") && !reason.contains("p@ss"), sourceLocation: place)
        #expect(Instant.now.milliseconds(since: start) < seconds * 1000, sourceLocation: place)
    }

    @Test(arguments: [Proxy.Mood.flaky, .slow]) func passingTroubleIsOvercome(_ mood: Proxy.Mood) throws {
        try withProxy { store, proxy in
            let image = try store.makeImage()
            try proxy.set(mood)
            let repository = try store.open()
            let id = try store.store(image, in: repository)
            try store.expectRestored(id, equals: image, from: repository)
            try proxy.set(.good)
            try store.restic("check", "--read-data")
            #expect(try repository.backend.list(.lock).isEmpty)
        }
    }

    @Test(arguments: [Proxy.Mood.failing, .stalling]) func lastingTroubleIsNamed(_ mood: Proxy.Mood) throws {
        try withProxy { store, proxy in
            let image = try store.makeImage(mebibytes: 1)
            let id = try store.store(image, in: try store.open())
            let repository = try store.open(patience: 2)
            try proxy.set(mood)
            let words = mood == .failing ? "HTTP 500" : "too slow"
            var start = Instant.now
            let opening = problem { _ = try store.open(patience: 2) }
            expectUnreachable(opening, words, since: start, within: 60)
            start = .now
            let reading = problem { _ = try ImageReader(repository).file(id, "/srv/db.img") }
            expectUnreachable(reading, words, since: start, within: 60)
            start = .now
            let writing = problem { _ = try store.store(image, in: repository) }
            expectUnreachable(writing, words, since: start, within: 100)
            try proxy.set(.good)
            try store.expectRestored(id, equals: image, from: try store.open())
        }
    }

    @Test func serverVanishesWhileStoringAndRestoring() throws {
        try Sandbox.with { sandbox in
            let vault = try TestVault(in: sandbox.path)
            var stores: [(store: Store, id: StorageID)] = []
            try RESTFixture.with(vault.repository, in: sandbox) { server in
                let location = VaultLocation(repository: server.repository, passwordFile: vault.passwordFile)
                let store = Store(sandbox: sandbox, location: location, folder: vault.repository)
                let image = try store.makeImage(mebibytes: 120)
                let repository = try store.open(patience: 8)
                let whole = try store.store(try store.makeImage("small"), in: repository)
                stores.append((store, whole))
                let packs = try repository.backend.list(.pack).count
                let killer = Thread {
                    // Some packs of the large image are there, and more to come.
                    _ = Wait.until {
                        Files.names(in: vault.repository + "/data").flatMap {
                            Files.names(in: "\(vault.repository)/data/\($0)")
                        }.count > packs + 1
                    }
                    kill(server.pid, SIGKILL)
                }
                let start = Instant.now
                let found = problem { _ = try store.store(image, in: repository) }
                killer?.join()
                expectUnreachable(found, "onnect", since: start, within: 150)
            }
            let (store, id) = try #require(stores.first)
            // Found as it is left: what was whole is whole, and the next run goes on.
            try RESTFixture.with(vault.repository, in: sandbox) { server in
                let location = VaultLocation(repository: server.repository, passwordFile: vault.passwordFile)
                let again = Store(sandbox: sandbox, location: location, folder: vault.repository)
                let repository = try again.open(patience: 8)
                // This process lives: only an administrator would take its lock for stale.
                try again.restic("unlock", "--remove-all")
                try again.restic("check")
                try again.expectRestored(id, equals: sandbox.path("small"), from: repository)
                let large = try again.store(sandbox.path("image"), in: repository)
                try again.restic("check", "--read-data")

                let reader = ImageReader(repository)
                let file = try reader.file(large, "/srv/db.img")
                kill(server.pid, SIGKILL)
                let start = Instant.now
                let target = sandbox.path("target")
                let found = problem {
                    try reader.restore(file, to: try FileImageTarget.create(target, size: file.size))
                }
                expectUnreachable(found, "onnect", since: start, within: 60)
            }
            _ = store
        }
    }

    /// What lies behind rclone vanishes: that is no damage and no absence.
    @Test func objectStoreVanishes() throws {
        try Store.with(.s3) { store in
            let image = try store.makeImage()
            let id = try store.store(image, in: try store.open())
            let repository = try store.open(patience: 3)
            let file = try ImageReader(repository).file(id, "/srv/db.img")
            let server = ProcessTable.all().first { process in
                let words = Files.text("/proc/\(process.pid)/cmdline") ?? ""
                return process.parent == getpid() && words.contains("seaweedfs/bin/weed")
            }
            kill(try #require(server).pid, SIGKILL)
            let calls: [() throws -> Void] = [
                { try ImageReader(repository).verify(file) },
                { _ = try ImageReader(repository).file(id, "/srv/db.img") },
                { _ = try RepositoryLock(repository) }, { _ = try store.open(patience: 3) },
                { try store.store(image, in: repository) },
            ]
            for call in calls {
                let start = Instant.now
                expectUnreachable(problem(call), "", since: start, within: 120)
            }
        }
    }

    @Test func notLetIn() throws {
        try Store.with(.rest) { store in
            var location = store.location
            location.repository = location.repository.replacing("ada:", with: "eve:")
            let start = Instant.now
            let found = problem { _ = try NativeRepository.open(location, patience: 90) }
            // It is not tried again.
            expectUnreachable(found, "HTTP 401", since: start, within: 45)
        }
        try Store.with(.s3) { store in
            var location = store.location
            location.environmentFile = try store.sandbox.write(
                "wrong", "AWS_ACCESS_KEY_ID=a-key\nAWS_SECRET_ACCESS_KEY=wrong\n")
            let start = Instant.now
            let found = problem { _ = try NativeRepository.open(location, patience: 4) }
            guard case .vaultUnreachable(_, let reason)? = found else {
                Issue.record("\(String(describing: found))")
                return
            }
            #expect(!reason.isEmpty && !reason.contains("wrong"), "\(reason)")
            #expect(Instant.now.milliseconds(since: start) < 90_000)
        }
    }

    /// A server that lets files only be added: backups work, locks go, and nothing else can be removed.
    @Test func appendOnly() throws {
        try Sandbox.with { sandbox in
            let vault = try TestVault(in: sandbox.path)
            try RESTFixture.with(vault.repository, in: sandbox, options: ["--append-only"]) { server in
                let location = VaultLocation(repository: server.repository, passwordFile: vault.passwordFile)
                let store = Store(sandbox: sandbox, location: location, folder: vault.repository)
                let image = try store.makeImage(), repository = try store.open(patience: 4)
                let id = try store.store(image, in: repository)
                try store.restic("check", "--read-data")
                try store.expectRestored(id, equals: image, from: repository)
                let found = problem { try repository.backend.remove(RepositoryFile(.snapshot, id)) }
                expectUnreachable(found, "HTTP 403", since: .now, within: 5)
                #expect(try repository.backend.list(.lock).isEmpty)
                #expect(try repository.backend.list(.snapshot).count == 1)
            }
        }
    }

    @Test func fullDiskBehindRclone() throws {
        try Sandbox.with { sandbox in
            let folder = sandbox.path("small")
            try Files.makeFolder(folder)
            try Shell.run("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder)
            defer { umount2(folder, Int32(MNT_DETACH)) }
            let vault = try TestVault(in: folder)
            let location = VaultLocation(
                repository: "rclone::local:\(vault.repository)", passwordFile: vault.passwordFile)
            let store = Store(sandbox: sandbox, location: location, folder: vault.repository)
            let repository = try store.open(patience: 5)
            let found = problem { _ = try store.store(try store.makeImage(mebibytes: 40), in: repository) }
            #expect(found == .vaultFull(repository: location.displayName), "\(String(describing: found))")
            try Shell.run("mount", "-o", "remount,size=100m", folder)
            let image = try store.makeImage()
            let id = try store.store(image, in: repository)
            try store.expectRestored(id, equals: image, from: repository)
        }
    }

    /// Killed without a chance to tidy up, we leave no rclone behind.
    @Test func rcloneEndsWithUs() throws {
        try Sandbox.with { sandbox in
            let vault = try TestVault(in: sandbox.path)
            let tool = try RemansoCommand.path(of: "image-vault-tool")
            let sink = try Descriptor.open("/dev/null", O_WRONLY)
            let arguments = ["lock", "rclone::local:\(vault.repository)", vault.passwordFile]
            let (pid, _) = try ChildProcess.spawn(Program(.path(tool), arguments), output: sink, errors: sink)
            let isLocked = Wait.until { vault.lockCount == 1 }
            let children = ProcessTable.all().filter { $0.parent == pid }
            let words = children.first.flatMap { Files.text("/proc/\($0.pid)/cmdline") } ?? ""
            kill(pid, SIGKILL)
            ChildProcess.wait(for: pid)
            #expect(isLocked && children.count == 1)
            #expect(words.contains("rclone") && !words.contains("\0\(TestVault.password)\0"))
            let isGone = Wait.until { children.allSatisfy { ProcessTable.entry($0.pid)?.isZombie ?? true } }
            #expect(isGone)
        }
    }
}

/// How repositories are understood, without going there.
@Suite struct AddressTests {
    @Test func restAddresses() {
        let plain = RESTAddress("rest:https://host:8000/a/b")
        #expect(plain?.url == "https://host:8000/a/b/" && plain?.user == nil && plain?.password == nil)
        let account = RESTAddress("rest:http://us%40er:pa%3Ass@[::1]/")
        #expect(account?.url == "http://[::1]/" && account?.user == "us@er" && account?.password == "pa:ss")
        #expect(RESTAddress("rest:host/") == nil && RESTAddress("rest:http:///x") == nil)
    }

    private func remote(_ repository: String, _ environment: [String: String] = [:]) -> (String, [String: String])? {
        let location = VaultLocation(repository: repository, passwordFile: "/key")
        guard let remote = try? RcloneRemote(location, environment) else { return nil }
        let prefix = "RCLONE_CONFIG_VAULT_"
        let options = remote.variables.filter { $0.key.hasPrefix(prefix) }
        return (
            remote.path,
            Dictionary(uniqueKeysWithValues: options.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        )
    }

    @Test func s3() {
        let amazon = remote("s3:s3.amazonaws.com/bucket/a/b")
        #expect(amazon?.0 == "vault:bucket/a/b")
        #expect(amazon?.1["PROVIDER"] == "AWS" && amazon?.1["ENDPOINT"] == nil && amazon?.1["REGION"] == "us-east-1")
        let regional = remote("s3:https://s3.eu-central-1.amazonaws.com/bucket")
        #expect(regional?.1["REGION"] == "eu-central-1")
        #expect(regional?.1["ENDPOINT"] == "https://s3.eu-central-1.amazonaws.com")
        let own = remote("s3:http://localhost:9000/bucket/", ["AWS_DEFAULT_REGION": "here"])
        #expect(own?.0 == "vault:bucket" && own?.1["ENDPOINT"] == "http://localhost:9000" && own?.1["REGION"] == "here")
        #expect(remote("s3://host/bucket/x")?.1["ENDPOINT"] == "https://host")
        #expect(remote("s3:host") == nil)
    }

    @Test func otherStores() {
        let azure = remote("azure:box:/some/path", ["AZURE_ACCOUNT_NAME": "me", "AZURE_ACCOUNT_KEY": "k"])
        #expect(azure?.0 == "vault:box/some/path" && azure?.1["KEY"] == "k" && azure?.1["ACCOUNT"] == "me")
        let token = remote("azure:box:/", ["AZURE_ACCOUNT_NAME": "me", "AZURE_ACCOUNT_SAS": "?sv=1"])
        #expect(token?.1["SAS_URL"] == "https://me.blob.core.windows.net/box?sv=1" && token?.1["KEY"] == nil)
        let google = remote("gs:box:/p", ["GOOGLE_APPLICATION_CREDENTIALS": "/g.json", "GOOGLE_PROJECT_ID": "4"])
        #expect(google?.0 == "vault:box/p" && google?.1["SERVICE_ACCOUNT_FILE"] == "/g.json")
        let b2 = remote("b2:box:p", ["B2_ACCOUNT_ID": "i", "B2_ACCOUNT_KEY": "k"])
        #expect(b2?.0 == "vault:box/p" && b2?.1["ACCOUNT"] == "i")
        let own = remote("rclone:mine:some/path")
        #expect(own?.0 == "mine:some/path" && own?.1.isEmpty == true)
        #expect(remote("swift:box:/p")?.1["TYPE"] == "swift")
        let sftp = remote("sftp:ada@127.0.0.1:/srv/vault")
        #expect(sftp?.0 == "vault:/srv/vault" && sftp?.1["USER"] == "ada" && sftp?.1["HOST"] == "127.0.0.1")
        let ported = remote("sftp://ada@127.0.0.1:2222//srv/vault")
        #expect(ported?.0 == "vault:/srv/vault" && ported?.1["PORT"] == "2222")
        #expect(remote("sftp:-oProxyCommand=x:/y") == nil && remote("what:x") == nil)
    }
}
