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

        var volumes: [Volume]
        var freezeOrder: [[String]]
        var freezeDeadlineMs: Double
        var scripts: [Script]
        var findings: [Report.Entry]
    }

    static func show(_ plan: Plan, _ invocation: Invocation) -> ExitStatus {
        let document = document(plan, invocation.language)
        if invocation.has(.json) {
            Terminal.print(json: JSONText.encode(document))
        } else {
            Terminal.print(lines(document, plan, invocation.language).joined(separator: "\n"))
        }
        return .success
    }

    private static func document(_ plan: Plan, _ language: Language) -> Document {
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
        return Document(
            volumes: volumes, freezeOrder: order, freezeDeadlineMs: plan.deadlineSeconds * 1000, scripts: scripts,
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
        lines += document.findings.map { FindingText.text($0, in: language) }
        lines.append(Phrase.nothingWasDone.text(in: language))
        return lines
    }
}
