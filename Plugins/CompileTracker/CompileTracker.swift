import Foundation
import PackagePlugin

/// Compiles the program that runs in the kernel, with the clang of Swift's own toolchain, and writes its bytes into a
/// Swift source.
@main
struct CompileTracker: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let sources = context.package.directoryURL.appending(path: "Sources")
        let script = sources.appending(path: "BlockTrackingProgram/compile.sh")
        let program = sources.appending(path: "BlockTrackingProgram/tracker.bpf.c")
        let headers = sources.appending(path: "CBlockTracking/include")
        let clang = try context.tool(named: "clang").url
        let output = context.pluginWorkDirectoryURL.appending(path: "TrackerObject.swift")
        return [
            .buildCommand(
                displayName: "Compiling tracker.bpf.c",
                executable: URL(filePath: "/bin/sh"),
                arguments: [script.path, clang.path, program.path, headers.path, output.path],
                inputFiles: [script, program, headers.appending(path: "layout.h")], outputFiles: [output])
        ]
    }
}
