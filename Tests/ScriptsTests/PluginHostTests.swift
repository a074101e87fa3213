import Glibc
import Linux
import Messages
import Testing

@testable import Scripts

@Suite("VMSnapshotPluginHost.conf decides which configurations run")
struct PluginHostTests {
    private let name = ScriptFramework.pluginHostName

    private func plugins(_ paths: String...) -> String {
        paths.enumerated().map {
            "pluginName\($0): Plugin\($0)\npluginPath\($0): /etc/azure\npluginConfigPath\($0): \($1)\n"
        }
        .joined()
    }

    @Test("The reference's own file is accepted")
    func referenceFile() throws {
        try Sandbox.with { box in
            let path = try box.config()
            try box.file(
                name,
                """
                [pre_post]
                timeoutInSeconds: 1800
                numberOfPlugins: 1
                pluginName0: ScriptRunner
                pluginPath0: /etc/azure
                pluginConfigPath0: \(path)
                """, mode: 0o644)
            let framework = box.load()
            #expect(framework.findings == [])
            #expect(framework.plugins.map(\.configPath) == [path])
            #expect(framework.isConfigured)
        }
    }

    @Test("Several plugins, in any case of the keys, each with its own configuration")
    func severalPlugins() throws {
        try Sandbox.with { box in
            let one = try box.config("config.json", #""timeoutInSeconds":10"#)
            let two = try box.config("two.json", #""timeoutInSeconds":100"#)
            let text =
                "[pre_post]\nTIMEOUTINSECONDS = 60\nnumberofplugins = 2\n"
                + plugins(one, two).uppercased()
                .replacing(one.uppercased(), with: one).replacing(two.uppercased(), with: two)
            try box.file(name, text)
            let framework = box.load()
            #expect(framework.findings == [])
            #expect(framework.plugins.map(\.name) == ["PLUGIN0", "PLUGIN1"])
            #expect(framework.plugins.map(\.configPath) == [one, two])
            // The host's limit lowers and never raises.
            #expect(framework.plugins.map(\.timeoutSeconds) == [10, 60])
        }
    }

    @Test("No plugins is said aloud: nothing is configured, so nothing is application-consistent")
    func noPlugins() throws {
        try Sandbox.with { box in
            let path = try box.config()
            let host = try box.file(name, "[pre_post]\nnumberOfPlugins: 0\n")
            let framework = box.load()
            #expect(
                framework.warnings == [.noPlugins(path: host), .configNotInPluginHost(config: path, host: host)])
            #expect(framework.errors == [])
            #expect(framework.plugins.isEmpty && !framework.isConfigured)
        }
    }

    @Test("A named configuration that the host does not list is a warning, and does not run")
    func notListed() throws {
        try Sandbox.with { box in
            let path = try box.config()
            let other = try box.config("other.json")
            let host = try box.file(name, "[pre_post]\nnumberOfPlugins: 1\n" + plugins(other))
            let framework = box.load()
            #expect(framework.problems == [.configNotInPluginHost(config: path, host: host)])
            #expect(framework.plugins.map(\.configPath) == [other])
        }
    }

    @Test("A listed configuration that is missing is 316, a broken one 305; the good one still runs")
    func listedButBroken() throws {
        try Sandbox.with { box in
            let good = try box.config()
            let bad = try box.file("bad.json", "{")
            let gone = box.path("gone.json")
            try box.file(name, "[pre_post]\nnumberOfPlugins: 3\n" + plugins(gone, bad, good))
            let framework = box.load()
            let fault = FileFault.syntax(line: 1, column: 2, found: "")
            #expect(framework.errors == [.scriptConfigMissing(path: gone), .scriptConfig(path: bad, fault: fault)])
            #expect(framework.plugins.map(\.configPath) == [good])
        }
    }

    @Test("A key beyond the number of plugins, or of no meaning, is named")
    func unknownKeys() throws {
        try Sandbox.with { box in
            let path = try box.config()
            let host = try box.file(name, "[pre_post]\nnumberOfPlugins: 1\nhelp: me\n" + plugins(path, path))
            let keys = ["help", "pluginName1", "pluginPath1", "pluginConfigPath1"]
            #expect(box.load().warnings == keys.map { .unknownKey(path: host, key: $0) })
        }
    }

    @Test(
        "A broken host file is 304, and no script runs",
        arguments: [
            ("", FileFault.missing(key: "[pre_post]")),
            ("numberOfPlugins: 1", .syntax(line: 1, column: 1, found: "numberOfPlugins: 1")),
            ("[pre_post]", .missing(key: "numberOfPlugins")),
            ("[pre_post]\nnumberOfPlugins:", .empty(key: "numberOfPlugins")),
            ("[pre_post]\nnumberOfPlugins: x", .wrongType(key: "numberOfPlugins", expected: .integer)),
            (
                "[pre_post]\nnumberOfPlugins: -1",
                .outOfRange(key: "numberOfPlugins", value: "-1", lowest: 0, highest: 64)
            ),
            (
                "[pre_post]\nnumberOfPlugins: 65",
                .outOfRange(key: "numberOfPlugins", value: "65", lowest: 0, highest: 64)
            ),
            ("[pre_post]\nnumberOfPlugins: 1", .missing(key: "pluginName0")),
            ("[pre_post]\nnumberOfPlugins: 1\npluginName0: a", .missing(key: "pluginConfigPath0")),
            (
                "[pre_post]\nnumberOfPlugins: 1\npluginName0: a\npluginConfigPath0: a.json",
                .notAbsolute(key: "pluginConfigPath0", value: "a.json")
            ),
            (
                "[pre_post]\nnumberOfPlugins: 1\npluginName0: a\npluginConfigPath0: /\0",
                .holdsNUL(key: "pluginConfigPath0")
            ),
            ("[pre_post]\nnumberOfPlugins: 0\nNumberOfPlugins: 1", .duplicate(key: "NumberOfPlugins")),
            ("[pre_post]\nnumberOfPlugins: 0\n[pre_post]", .duplicate(key: "[pre_post]")),
            (
                "[pre_post]\ntimeoutInSeconds: 0\nnumberOfPlugins: 0",
                .outOfRange(key: "timeoutInSeconds", value: "0", lowest: 1, highest: .max)
            ),
        ])
    func broken(text: String, fault: FileFault) throws {
        try Sandbox.with { box in
            try box.config()
            let host = try box.file(name, text)
            let framework = box.load()
            #expect(framework.problems == [.pluginHostFile(path: host, fault: fault)])
            #expect(framework.errors.first?.code.number == 304)
            #expect(framework.plugins.isEmpty && framework.isConfigured)
        }
    }

    @Test("Not UTF-8, too large, not a file: each is told, none hangs")
    func hostile() throws {
        try Sandbox.with { box in
            let host = try box.file(name, bytes: [0xFF, 0xFE, 0x00])
            #expect(box.load().problems == [.pluginHostFile(path: host, fault: .notUTF8)])
            try box.file(name, bytes: [UInt8](repeating: 0x0A, count: (1 << 20) + 1))
            #expect(box.load().problems == [.pluginHostFile(path: host, fault: .tooLarge(limit: 1 << 20))])
            unlink(host)
            try #require(mkfifo(host, 0o600) == 0)
            #expect(box.load().problems == [.pluginHostPermission(fault: .notRegular(path: host))])
        }
    }

    @Test("The host file is root's, and group and others at most read it, else 314")
    func permission() throws {
        try Sandbox.with { box in
            let path = try box.config()
            let host = try box.file(name, "[pre_post]\nnumberOfPlugins: 1\n" + plugins(path))
            for mode in [mode_t(0o600), 0o644, 0o744] {
                try #require(chmod(host, mode) == 0)
                #expect(box.load().findings == [])
            }
            for mode in [mode_t(0o620), 0o602, 0o610, 0o601, 0o755] {
                try #require(chmod(host, mode) == 0)
                let fault = PermissionFault.tooOpen(path: host, mode: String(mode, radix: 8))
                let framework = box.load()
                #expect(framework.problems == [.pluginHostPermission(fault: fault)])
                #expect(framework.errors.first?.code.number == 314)
                #expect(framework.plugins.isEmpty && framework.isConfigured)
            }
            try #require(chmod(host, 0o644) == 0 && chown(host, 65534, 0) == 0)
            let owner = PermissionFault.notOwnedByRoot(path: host, owner: 65534)
            #expect(box.load().problems == [.pluginHostPermission(fault: owner)])
        }
    }
}

@Suite("vmbackup.conf: the settings that users are told to change when a freeze fails")
struct FreezeSettingsTests {
    private func load(_ text: String) throws -> (FreezeSettings, [Finding]) {
        var result = (FreezeSettings(), [Finding]())
        try Sandbox.with { box in
            try box.file(ScriptFramework.freezeSettingsName, text, mode: 0o644)
            let framework = box.load(isExplicit: false)
            #expect(!framework.isConfigured)
            result = (framework.freezeSettings, framework.findings)
        }
        return result
    }

    @Test("Without the file nothing is set")
    func absent() throws {
        try Sandbox.with { box in #expect(box.load(isExplicit: false).freezeSettings == FreezeSettings()) }
    }

    @Test("Every key, with others beside them")
    func everyKey() throws {
        let (settings, findings) = try load(
            """
            [SnapshotThread]
            fsfreeze: True
            isanysnapshotfailed: False
            Timeout: 45
            SafeFreezeWaitInSeconds: 30
            MountsToSkip: /data , / ,/mnt/scratch//x/,
              /more
            OnAppFailureDoFsFreeze: no
            OnAppSuccessDoFsFreeze: OFF
            [Other]
            timeout: never
            """)
        #expect(findings == [])
        #expect(settings.deadlineSeconds == 30)
        #expect(settings.mountsToSkip == ["/data", "/", "/mnt/scratch/x", "/more"])
        #expect(!settings.freezesOnAppFailure && !settings.freezesOnAppSuccess)
    }

    @Test("One of the two limits is enough, and another section sets nothing")
    func partial() throws {
        #expect(try load("[SnapshotThread]\ntimeout = 60").0.deadlineSeconds == 60)
        #expect(try load("[SnapshotThread]\nSafeFreezeWaitInSeconds = 66").0.deadlineSeconds == 66)
        #expect(try load("[snapshotthread]\ntimeout = 60").0 == FreezeSettings())
        #expect(try load("").0 == FreezeSettings())
    }

    @Test("A fault is a warning; what it concerns keeps its default, the rest holds")
    func faults() throws {
        let (settings, findings) = try load(
            """
            [SnapshotThread]
            timeout: 0
            SafeFreezeWaitInSeconds: 1m
            MountsToSkip: data,/srv
            OnAppFailureDoFsFreeze: maybe
            OnAppSuccessDoFsFreeze: false
            """)
        let faults: [FileFault] = [
            .outOfRange(key: "timeout", value: "0", lowest: 1, highest: 86_400),
            .wrongType(key: "SafeFreezeWaitInSeconds", expected: .integer),
            .wrongType(key: "OnAppFailureDoFsFreeze", expected: .boolean),
            .notAbsolute(key: "MountsToSkip", value: "data"),
        ]
        let found: [FileFault] = findings.compactMap {
            if case .freezeSettings(_, let fault) = $0.problem { fault } else { nil }
        }
        #expect(found == faults)
        #expect(findings.allSatisfy { $0.severity == .warning })
        #expect(settings.deadlineSeconds == nil && settings.mountsToSkip == ["/srv"])
        #expect(settings.freezesOnAppFailure && !settings.freezesOnAppSuccess)
    }

    @Test("A broken file is a warning and changes nothing; a fifo does not hang")
    func broken() throws {
        let (settings, findings) = try load("timeout: 10\n")
        #expect(settings == FreezeSettings())
        #expect(findings.map(\.problem.code.number) == [605])
        try Sandbox.with { box in
            let path = box.path(ScriptFramework.freezeSettingsName)
            try #require(mkfifo(path, 0o600) == 0)
            let framework = box.load(isExplicit: false)
            #expect(framework.warnings == [.freezeSettings(path: path, fault: .notRegular)])
        }
    }
}
