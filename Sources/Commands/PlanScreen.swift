internal import Applications
internal import Linux
internal import Messages
internal import Runs
internal import Scripts
internal import Snapshots

/// `backup --dry-run`: what would be done, and why so.
enum PlanScreen {
    private struct Document: Encodable {
        struct Volume: Encodable {
            var mountPoint: String
            var device: String
            var filesystem: String
            var provider: String
            var reason: String
            var freezes: Bool
        }

        struct Script: Encodable {
            var plugin: String
            var phase: ScriptPhase
            var path: String
            var parameters: [String]
            var retries: Int
            var timeoutSeconds: Int
        }

        struct Application: Encodable {
            var name: String
            var type: String
            var deadlineSeconds: Double
        }

        var volumes: [Volume]
        var applications: [Application]
        var freezeOrder: [[String]]
        var freezeDeadlineMs: Double
        var scripts: [Script]
        var findings: [Report.Entry]
    }

    static func show(_ plan: Plan, _ options: RunOptions, _ invocation: Invocation) -> ExitStatus {
        let document = document(plan, options, invocation.language)
        if invocation.has(.json) {
            Terminal.print(json: JSONText.encode(document))
        } else {
            Terminal.print(lines(document, plan, invocation.language).joined(separator: "\n"))
        }
        return .success
    }

    private static func document(_ plan: Plan, _ options: RunOptions, _ language: Language) -> Document {
        let scripts = plan.framework.plugins.flatMap { plugin in
            [ScriptPhase.pre, .post].map { phase in
                let script = plugin.script(phase)
                return Document.Script(
                    plugin: plugin.name, phase: phase, path: script.path, parameters: script.parameters,
                    retries: script.retries, timeoutSeconds: plugin.timeoutSeconds)
            }
        }
        let order = plan.freezeOrder
        let volumes = plan.volumes.map { volume in
            Document.Volume(
                mountPoint: volume.mount.mountPoint, device: volume.mount.source, filesystem: volume.mount.filesystem,
                provider: volume.provider.name, reason: volume.reason.text(in: language),
                freezes: order.contains { $0.contains(volume.mount.mountPoint) })
        }
        let applications = options.applications.map { one in
            Document.Application(name: one.name, type: one.type, deadlineSeconds: one.deadlineSeconds)
        }
        return Document(
            volumes: volumes, applications: applications, freezeOrder: order,
            freezeDeadlineMs: plan.deadlineSeconds * 1000, scripts: scripts,
            findings: plan.findings.map { Report.Entry($0, in: language) })
    }

    private static func lines(_ document: Document, _ plan: Plan, _ language: Language) -> [String] {
        func label(_ label: Label) -> String { Phrase.label(label).text(in: language) }
        var lines = ["\(label(.volumes)):"]
        lines += document.volumes.map { volume in
            "  \(volume.mountPoint) (\(volume.filesystem), \(volume.device))\n"
                + "    \(label(.provider)): \(volume.provider) – \(volume.reason)"
        }
        let order = document.freezeOrder.map { $0.joined(separator: " + ") }.joined(separator: " → ")
        lines.append("\(label(.freezeOrder)): \(order.isEmpty ? Phrase.notFrozen.text(in: language) : order)")
        lines.append("\(label(.scripts)):")
        if document.scripts.isEmpty { lines.append("  " + Phrase.noScriptsConfigured.text(in: language)) }
        lines += document.scripts.map { script in
            "  \(script.phase.rawValue) (\(script.plugin)): \(([script.path] + script.parameters).joined(separator: " "))"
        }
        if !document.applications.isEmpty {
            lines.append("\(label(.applications)):")
            lines += document.applications.map { "  \($0.name) (\($0.type))" }
        }
        lines += document.findings.map { FindingText.text($0, in: language) }
        lines.append(Phrase.nothingWasDone.text(in: language))
        return lines
    }
}
