import Configuration
import Messages
import Testing

@Suite struct LoadingTests {
    @Test func theExampleOfTheContract() throws {
        let configuration = try load(
            """
            volumes: [/srv/db]                # default: every local file system on a block device, less exclusions
            exclude: [/mnt/scratch]
            vault:
              repository: /var/lib/remanso/vault   # whatever restic accepts: a folder, s3:…, azure:…, sftp:…, rest:…
              passwordFile: /etc/remanso/vault.key # mode 600; made by `remanso init`
              environmentFile: /etc/remanso/vault.env  # credentials of the object store; mode 600
            scripts:
              config: /etc/azure/VMSnapshotScriptPluginConfig.json
            freeze:
              deadline: 10s
            retry: {attempts: 3, delay: 30s}       # of the whole run, when it failed
            require: filesystem                    # below this, no recovery point is kept
            retention: {last: 3, daily: 7, weekly: 4, monthly: 12, yearly: 1}
            """)
        var expected = Configuration()
        expected.volumes = ["/srv/db"]
        expected.exclude = ["/mnt/scratch"]
        expected.vault.repository = "/var/lib/remanso/vault"
        expected.vault.passwordFile = "/etc/remanso/vault.key"
        expected.vault.environmentFile = "/etc/remanso/vault.env"
        expected.scripts.config = "/etc/azure/VMSnapshotScriptPluginConfig.json"
        expected.freeze.deadline = 10
        expected.retry.attempts = 3
        expected.require = .filesystem
        #expect(configuration == expected)
    }

    @Test func defaults() {
        let configuration = Configuration()
        #expect(configuration.volumes == nil)
        #expect(configuration.exclude.isEmpty)
        #expect(configuration.vault == Configuration.Vault())
        #expect(configuration.scripts.config == nil)
        #expect(configuration.provider == nil)
        #expect(configuration.freeze.deadline == nil)
        #expect(configuration.retry.attempts == 1)
        #expect(configuration.retry.delay == 30)
        #expect(configuration.require == nil)
        let retention = configuration.retention
        #expect(
            [retention.last, retention.daily, retention.weekly, retention.monthly, retention.yearly]
                == [3, 7, 4, 12, 1])
    }

    @Test(arguments: [
        "", "\n\n", "# only a comment\n", "---\n", "&a", "--- {}\n...\n", "{}", "\u{FEFF}# mark\r\n",
        "%YAML 1.1\n---\n{}",
    ])
    func nothingInTheFileGivesTheDefaults(yaml: String) throws {
        #expect(try load(yaml) == Configuration())
    }

    @Test func windowsLineEndsAndByteOrderMark() throws {
        let configuration = try load("\u{FEFF}volumes:\r\n  - /srv/db\r\n  - '/srv/with space'\r\nrequire: crash\r\n")
        #expect(configuration.volumes == ["/srv/db", "/srv/with space"])
        #expect(configuration.require == .crash)
    }

    @Test(arguments: [
        ("500ms", 0.5), ("100ms", 0.1), ("10s", 10), ("1.5s", 1.5), ("5m", 300), ("0.1h", 360), ("10m", 600),
        ("600000ms", 600), ("\"10s\"", 10), ("+10s", 10), ("00.5m", 30),
    ])
    func durations(text: String, seconds: Double) throws {
        #expect(try load("freeze: {deadline: \(text)}").freeze.deadline == seconds)
    }

    @Test(arguments: [("0s", 0.0), ("250ms", 0.25), ("24h", 86_400)])
    func delays(text: String, seconds: Double) throws {
        let retry = try load("retry: {delay: \(text)}").retry
        #expect(retry.delay == seconds)
        #expect(retry.attempts == 1)
    }

    @Test func aKeyMissingFromAGivenRetentionCountsNothing() throws {
        let retention = try load("retention: {daily: 5}").retention
        #expect(retention.daily == 5)
        #expect([retention.last, retention.weekly, retention.monthly, retention.yearly] == [0, 0, 0, 0])
    }

    @Test(arguments: [
        "/backup/vault", "s3:https://s3.example.com/bucket", "azure:container:/", "sftp:user@host:/srv/vault",
        "rest:https://host:8000/", "rclone:remote:path", "/odd:name/vault",
    ])
    func repositories(repository: String) throws {
        #expect(try load("vault:\n  repository: \(repository)\n").vault.repository == repository)
    }

    @Test func providers() throws {
        #expect(try load("provider: auto").provider == nil)
        #expect(try load("provider: btrfs").provider == "btrfs")
        #expect(try load("provider: \"7\"").provider == "7")
    }

    @Test func everyLevel() throws {
        #expect(try load("require: application").require == .application)
        #expect(try load("require: filesystem").require == .filesystem)
        #expect(try load("require: crash").require == .crash)
    }

    @Test func emptyListOfExclusions() throws {
        #expect(try load("exclude: []").exclude.isEmpty)
    }

    @Test func aFewAliasesAreFine() throws {
        let configuration = try load("volumes: &v [/srv/db]\nexclude: *v\n")
        #expect(configuration.exclude == ["/srv/db"])
    }

    @Test func starsInPathsAreNoAliases() throws {
        let paths = (0..<50).map { "/srv/\($0)/*a" }
        #expect(try load("exclude: [\(paths.joined(separator: ", "))]").exclude == paths)
    }

    @Test func manyVolumes() throws {
        let paths = (0..<5000).map { "/srv/volume-\($0)" }
        #expect(try load("volumes:\n" + paths.map { "  - \($0)\n" }.joined()).volumes == paths)
    }
}
