public import Glibc
internal import Linux
internal import Messages

/// One phase of one plugin: its script, run until it succeeds or until its retries or its time are used up.
public struct ScriptRun {
    /// Attempts that an outcome lists at most. Without a limit, a script that fails at once and may be retried for ever
    /// would fill the memory with its output.
    public static let keptAttempts = 100
    /// The first so many of them are never dropped: they show how it began.
    private static let keptFirst = 10

    private let script: CheckedScript
    private let plugin: Plugin
    private let environment: [String: String]
    private let sweepsOrphans: Bool
    private var limits = ChildProcess.Limits()
    private var outcome = ScriptOutcome()

    /// Runs a checked script. Blocks until it, and all that it started, is gone.
    /// - Parameters:
    ///   - environment: added to `PATH`; `REMANSO_ATTEMPT` is set here.
    ///   - isInterruptible: whether a request to stop (`Interruption`) ends the script. Never true for a post-script:
    ///     the application would stay quiesced.
    ///   - sweepsOrphans: whether processes that escaped into a session of their own are ended after each attempt. Only
    ///     for a plugin that runs alone, as nobody can say whose orphan it is; else the caller sweeps at the phase's end
    ///     (`ProcessTable.endOrphans`). Works after `ProcessTable.adoptOrphans`.
    ///   - onStart: called with the pid of each attempt as soon as it runs.
    public static func run(
        _ script: CheckedScript, plugin: Plugin, environment: [String: String], isInterruptible: Bool,
        sweepsOrphans: Bool, onStart: (@Sendable (pid_t) -> Void)? = nil
    ) -> ScriptOutcome {
        var run = ScriptRun(script, plugin, environment, sweepsOrphans: sweepsOrphans)
        run.limits.isInterruptible = isInterruptible
        run.limits.onStart = onStart
        run.runAttempts()
        return run.outcome
    }

    private init(_ script: CheckedScript, _ plugin: Plugin, _ given: [String: String], sweepsOrphans: Bool) {
        self.script = script
        self.plugin = plugin
        self.sweepsOrphans = sweepsOrphans
        environment = Program.plainEnvironment.merging(given) { _, given in given }
        limits.keptBytes = 64 << 10
        // One deadline for all attempts together (seed documents, timeoutInSeconds).
        limits.deadline = Instant.now.advanced(bySeconds: Double(plugin.timeoutSeconds))
    }

    private mutating func runAttempts() {
        var number = 1
        while true {
            if limits.isInterruptible, Interruption.signal != nil { return interrupt() }
            let isLast = number > script.spec.retries
            if attempt(number) || outcome.wasInterrupted || isLast { return }
            if let deadline = limits.deadline, deadline < Instant.now { outcome.problem = timeout }
            if case .scriptTimeout = outcome.problem { return }
            number += 1
        }
    }

    /// Runs the script once.
    /// - Returns: whether it succeeded.
    private mutating func attempt(_ number: Int) -> Bool {
        let variables = environment.merging(["REMANSO_ATTEMPT": String(number)]) { _, attempt in attempt }
        let program = Program(.file(script.file), script.spec.parameters, environment: variables)
        do {
            let result = try ChildProcess.run(program, limits)
            return take(result, orphans: sweepsOrphans ? ProcessTable.endOrphans() : 0)
        } catch {
            keep(ScriptAttempt(plugin: plugin.name))
            outcome.problem = failure(.notStarted(reason: error.reason))
            return false
        }
    }

    private mutating func take(_ result: ProcessResult, orphans: Int) -> Bool {
        var attempt = ScriptAttempt(plugin: plugin.name, timedOut: result.timedOut, durationMs: result.milliseconds)
        attempt.stdout = result.output.text
        attempt.stderr = result.errors.text
        attempt.truncated = result.output.isTruncated || result.errors.isTruncated
        switch result.ending {
        case .exited(let status): attempt.exitCode = status
        case .killed(let signal): attempt.signal = signal
        }
        keep(attempt)
        if result.interrupted {
            interrupt()
        } else {
            outcome.problem = result.timedOut ? timeout : Self.ending(result.ending).map(failure)
        }
        let left = result.leftProcesses + orphans
        if outcome.problem == nil && left > 0 {
            outcome.warnings.append(.scriptLeftProcesses(script.phase, path: script.spec.path, count: left))
        }
        return outcome.problem == nil
    }

    private static func ending(_ ending: ProcessEnding) -> ScriptEnding? {
        switch ending {
        case .exited(0): nil
        case .exited(let status): .exited(status)
        case .killed(let signal): .killed(signal)
        }
    }

    private mutating func keep(_ attempt: ScriptAttempt) {
        if outcome.attempts.count == Self.keptAttempts { outcome.attempts.remove(at: Self.keptFirst) }
        outcome.attempts.append(attempt)
    }

    private mutating func interrupt() {
        outcome.wasInterrupted = true
        outcome.problem = .interrupted(signal: Interruption.signal ?? SIGTERM)
    }

    private func failure(_ ending: ScriptEnding) -> Problem {
        .scriptExecutionFailed(script.phase, path: script.spec.path, ending: ending)
    }

    private var timeout: Problem {
        .scriptTimeout(script.phase, path: script.spec.path, seconds: plugin.timeoutSeconds)
    }
}
