import Linux
import Messages
import Testing

@testable import Scripts

@Suite("The examples are accepted as they stand")
struct ExampleTests {
    private let examples = Files.parent(of: Files.parent(of: Files.parent(of: #filePath))) + "/examples"

    @Test("Configurations of the scripts", arguments: ["oracle", "postgresql"])
    func configuration(of application: String) throws {
        let text = try #require(Files.text("\(examples)/\(application)/VMSnapshotScriptPluginConfig.json"))
        try Sandbox.with { box in
            try box.file("config.json", text)
            let framework = box.load()
            #expect(framework.findings == [])
            let plugin = try #require(framework.plugins.first)
            #expect(plugin.name == "ScriptRunner")
            #expect(plugin.appName == application)
            #expect(plugin.pre.path == "/etc/azure/\(application)/pre.sh")
            #expect(plugin.post.path == "/etc/azure/\(application)/post.sh")
            #expect(plugin.post.retries > 0)
        }
    }

    @Test("The scripts are written for bash, and say where they were not run", arguments: ["pre.sh", "post.sh"])
    func scripts(name: String) throws {
        let path = "\(examples)/oracle/\(name)"
        #expect(try #require(Files.text(path)).contains("\n# NOT RUN HERE."))
        let result = try ChildProcess.run(Program(.path("/bin/bash"), ["-n", path]))
        #expect(result.ending == .exited(0), "\(result.errors.text)")
    }
}
