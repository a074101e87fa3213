import Messages
import Testing

@testable import Scripts

@Suite("VMSnapshotScriptPluginConfig.json: every key of the documents")
struct PluginConfigTests {
    /// The file that the documents tell to download, unchanged.
    private let template = """
        {
                "pluginName" : "ScriptRunner",
                "preScriptLocation" : "/etc/azure/pre.sh",
                "postScriptLocation" : "/etc/azure/post.sh",
                "preScriptParams" : ["",""],
                "postScriptParams" : ["",""],
                "preScriptNoOfRetries" : 0,
                "postScriptNoOfRetries" : 0,
                "timeoutInSeconds" : 30,
                "continueBackupOnFailure" : true,
                "fsFreezeEnabled" : true
        }
        """

    @Test("The documents' own template is accepted without a word")
    func documentsTemplate() throws {
        try Sandbox.with { box in
            let path = try box.file("config.json", template)
            let framework = box.load(isExplicit: false)
            #expect(framework.findings == [])
            #expect(framework.isConfigured)
            let expected = Plugin(
                name: "ScriptRunner", configPath: path,
                pre: ScriptSpec(path: "/etc/azure/pre.sh", parameters: ["", ""]),
                post: ScriptSpec(path: "/etc/azure/post.sh", parameters: ["", ""]))
            #expect(framework.plugins == [expected])
        }
    }

    @Test("Every key arrives where it belongs")
    func everyKey() throws {
        try Sandbox.with { box in
            try box.config(
                "config.json",
                #""preScriptParams":["a b","$HOME"],"postScriptParams":["ñ"],"preScriptNoOfRetries":2,"#
                    + #""postScriptNoOfRetries":3,"timeoutInSeconds":1800,"continueBackupOnFailure":false,"#
                    + #""fsFreezeEnabled":false,"ScriptsExecutionPollTimeSeconds":5,"appName":"oracle""#)
            let framework = box.load()
            #expect(framework.findings == [])
            let plugin = try #require(framework.plugins.first)
            #expect(plugin.pre == ScriptSpec(path: "/pre.sh", parameters: ["a b", "$HOME"], retries: 2))
            #expect(plugin.post == ScriptSpec(path: "/post.sh", parameters: ["ñ"], retries: 3))
            #expect(plugin.timeoutSeconds == 1800)
            #expect(!plugin.continueBackupOnFailure)
            #expect(!plugin.fsFreezeEnabled)
            #expect(plugin.appName == "oracle")
        }
    }

    @Test("What is left out has the documents' defaults")
    func defaults() throws {
        try Sandbox.with { box in
            try box.config()
            let plugin = try #require(box.load().plugins.first)
            #expect(plugin.timeoutSeconds == 30)
            #expect(plugin.continueBackupOnFailure && plugin.fsFreezeEnabled)
            #expect(plugin.pre == ScriptSpec(path: "/pre.sh"))
            #expect(plugin.appName == nil)
        }
    }

    @Test("More than 1800 seconds is cut, with a warning")
    func clampedTimeout() throws {
        try Sandbox.with { box in
            let path = try box.config("config.json", #""timeoutInSeconds":1801"#)
            let framework = box.load()
            #expect(framework.warnings == [.timeoutClamped(path: path, seconds: 1801, limit: 1800)])
            #expect(framework.errors == [])
            #expect(framework.plugins.first?.timeoutSeconds == 1800)
        }
    }

    @Test("An unknown key and another plugin name are warnings, and the scripts still run")
    func warnings() throws {
        try Sandbox.with { box in
            let path = try box.file(
                "config.json",
                #"{"pluginName":"Mine","prescriptLocation":1,"preScriptLocation":"/a","postScriptLocation":"/b"}"#)
            let framework = box.load()
            #expect(
                framework.warnings == [
                    .unknownKey(path: path, key: "prescriptLocation"), .unexpectedPluginName(path: path, name: "Mine"),
                ])
            #expect(framework.errors == [])
            #expect(framework.plugins.first?.name == "Mine")
        }
    }

    @Test("All faults of a file are told at once")
    func allFaults() throws {
        try Sandbox.with { box in
            let path = try box.file(
                "config.json",
                #"{"preScriptLocation":"pre.sh","timeoutInSeconds":"30","fsFreezeEnabled":"false","x":1}"#)
            let framework = box.load()
            let faults: [FileFault] = [
                .notAbsolute(key: "preScriptLocation", value: "pre.sh"), .missing(key: "postScriptLocation"),
                .wrongType(key: "timeoutInSeconds", expected: .integer),
                .wrongType(key: "fsFreezeEnabled", expected: .boolean),
            ]
            #expect(framework.errors == faults.map { .scriptConfig(path: path, fault: $0) })
            #expect(framework.warnings == [.unknownKey(path: path, key: "x")])
            #expect(framework.plugins.isEmpty)
            #expect(framework.isConfigured)
            #expect(framework.findings.allSatisfy { $0.phase == "preflight" && $0.subject == path })
        }
    }

    @Test("An empty script path is a script not found, with its key, and keeps the policy of the file")
    func emptyPath() throws {
        try Sandbox.with { box in
            try box.file(
                "config.json",
                #"{"preScriptLocation":"","postScriptLocation":"","continueBackupOnFailure":false}"#)
            let framework = box.load()
            #expect(framework.findings == [])
            let plugin = try #require(framework.plugins.first)
            #expect(!plugin.continueBackupOnFailure)
            #expect(throws: Failure(.scriptNotFound(.pre, path: "", key: "preScriptLocation"))) {
                try plugin.open(.pre)
            }
            #expect(throws: Failure(.scriptNotFound(.post, path: "", key: "postScriptLocation"))) {
                try plugin.open(.post)
            }
        }
    }

    @Test("No file at the default place: no scripts, and nothing to say")
    func noDefaultFile() throws {
        try Sandbox.with { box in
            let framework = box.load(isExplicit: false)
            #expect(framework.findings == [] && framework.plugins.isEmpty && !framework.isConfigured)
        }
    }

    @Test("A file that the user named and that is not there is error 316")
    func noNamedFile() throws {
        try Sandbox.with { box in
            let framework = box.load(isExplicit: true)
            #expect(framework.errors == [.scriptConfigMissing(path: box.path("config.json"))])
            #expect(framework.errors.map(\.code.number) == [316])
            #expect(framework.isConfigured)
            let deeper = ScriptFramework.load(configPath: box.path("no/such/config.json"), isExplicit: true)
            #expect(deeper.errors == [.scriptConfigMissing(path: box.path("no/such/config.json"))])
        }
    }
}
