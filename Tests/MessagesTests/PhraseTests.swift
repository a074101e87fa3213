import Messages
import Testing

@Suite struct PhraseTests {
    @Test func everyNameAndLabelIsThere() {
        let phrases: [Phrase] =
            PhaseName.allCases.flatMap { [Phrase.phase($0), .begins($0)] }
            + Consistency.allCases.flatMap { [Phrase.level($0), .levelExplained($0)] }
            + OutcomeName.allCases.map { .outcome($0) } + StepOutcomeName.allCases.map { .stepOutcome($0) }
            + Label.allCases.map { .label($0) } + HelpHeading.allCases.map { .heading($0) }
            + ExitMeaning.allCases.map { .exitMeaning($0) }
        for phrase in phrases {
            for language in Language.allCases { #expect(!phrase.text(in: language).isEmpty) }
        }
    }

    @Test func helpIsWrittenForEveryCommandAndOption() {
        let phrases =
            CommandName.allCases.flatMap { [Phrase.abstract($0), .discussion($0)] }
            + OptionName.allCases.map { .option($0) }
        for phrase in phrases {
            for language in Language.allCases { expectGoodText(phrase.text(in: language)) }
            #expect(phrase.text(in: .en) != phrase.text(in: .es))
        }
        for command in CommandName.allCases {
            #expect(!command.example.isEmpty)
            for line in command.example { #expect(line.hasPrefix("remanso")) }
        }
    }

    @Test func defaultsAreThoseOfTheContract() {
        for language in Language.allCases {
            #expect(Phrase.option(.config).text(in: language).contains("/etc/remanso/remanso.yaml"))
            #expect(Phrase.option(.vault).text(in: language).contains("/var/lib/remanso/vault"))
            #expect(Phrase.option(.vaultPasswordFile).text(in: language).contains("/etc/remanso/vault.key"))
            #expect(Phrase.option(.require).text(in: language).contains("crash"))
            let script = Phrase.option(.scriptConfig).text(in: language)
            #expect(script.contains("/etc/azure/VMSnapshotScriptPluginConfig.json"))
        }
    }

    @Test func sentencesCarryTheirValues() {
        let phrases: [(Phrase, [String])] = [
            (.ofTotal(done: "1 GiB", total: "3 GiB"), ["1 GiB", "3 GiB"]),
            (.perSecond("210 MiB"), ["210 MiB/s"]),
            (.left("8 s"), ["8 s"]),
            (.retrying(attempt: 2, of: 3, delay: "30 s"), ["2", "3", "30 s"]),
            (.backupMade(recoveryPoint: "RP-1", level: .application), ["RP-1"]),
            (.rehearsed(pause: "41.2 ms", freeze: "9.8 ms"), ["41.2 ms", "9.8 ms"]),
            (.found(errors: 1, warnings: 2), ["1 error", "2 "]),
            (.thawed(volume: "/srv/db"), ["/srv/db"]),
            (.runUndone(recoveryPoint: "RP-1"), ["RP-1"]),
            (.verified(recoveryPoint: "RP-1", bytes: "3 GiB"), ["RP-1", "3 GiB"]),
            (.restored(files: 7, folder: "/srv/r"), ["7", "/srv/r"]),
            (.imageRead(rounds: 2, final: "1 MiB"), ["2", "1 MiB"]),
            (.readEverything(reason: "a reason"), ["a reason"]),
            (.imageRestored(size: "4 GiB", written: "1 MiB", target: "/dev/sdb"), ["4 GiB", "1 MiB", "/dev/sdb"]),
            (.mounted(recoveryPoint: "RP-1", volume: "/srv/db", folder: "/mnt"), ["RP-1", "/srv/db", "/mnt"]),
            (.unmounted(folder: "/mnt"), ["/mnt"]),
            (.chooseVolume(["/srv/db", "/home"]), ["/srv/db", "/home", "--volume"]),
            (.pruned(kept: 4, removed: 2), ["4", "2"]),
            (.kept(recoveryPoint: "RP-1"), ["RP-1"]),
            (.removed(recoveryPoint: "RP-1"), ["RP-1"]),
            (.wrote(file: "/etc/f"), ["/etc/f"]),
            (.alreadyThere(file: "/etc/f"), ["/etc/f"]),
            (.afterInit(file: "/etc/f"), ["/etc/f", "remanso check"]),
            (.trackingOn(volume: "/srv", again: false), ["/srv"]),
            (.trackingOff(volume: "/srv", wasOn: true), ["/srv"]),
            (.trackedSince(volume: "/srv", time: "2026"), ["/srv", "2026"]),
            (.changedBytes("3 MiB", parent: "1a2b"), ["3 MiB", "1a2b"]),
            (.nextBackupReads(.missedEvents(7)), ["7"]),
            (.proven(date: "2026-11-21", answered: "4.1 s"), ["2026-11-21", "4.1 s"]),
            (.failedDrill(date: "2026-11-21", reason: "DrillNoAnswer"), ["2026-11-21", "DrillNoAnswer"]),
            (.checkedOnly(date: "2026-11-21"), ["2026-11-21"]),
            (.drillProven(recoveryPoint: "RP-1"), ["RP-1"]),
            (.drillFailed(recoveryPoint: "RP-1"), ["RP-1"]),
            (.drillChecked(recoveryPoint: "RP-1"), ["RP-1"]),
            (.drillUndone(folder: "/srv/scratch"), ["/srv/scratch"]),
            (.drillStep(.opening(recoveryPoint: "RP-1")), ["RP-1"]),
            (.drillStep(.fileSystem(volume: "/srv/db")), ["/srv/db"]),
            (.drillStep(.starting(application: "orders", program: "/usr/bin/pg")), ["orders", "/usr/bin/pg"]),
            (.drillStep(.answered(application: "orders", milliseconds: 41)), ["orders", "41 ms"]),
            (.drillStep(.checking(application: "orders", check: "pg_amcheck")), ["orders", "pg_amcheck"]),
            (.drillStep(.probing(application: "orders")), ["orders"]),
            (.unknownCode("999"), ["999"]),
            (.seeHelp(of: "remanso backup"), ["remanso backup --help"]),
            (.unknownOption("--x"), ["--x"]),
            (.unknownCommand("frob"), ["frob"]),
            (.missingValue(option: "--to"), ["--to"]),
            (.missingOption("--to"), ["--to"]),
            (.missingArgument("ID"), ["ID"]),
            (.unexpectedArgument("more"), ["more"]),
            (.invalidValue("best", option: "--require", expected: ["crash"]), ["best", "--require", "crash"]),
            (.conflicting("--rehearse", "--dry-run"), ["--rehearse", "--dry-run"]),
        ]
        for (phrase, values) in phrases {
            for language in Language.allCases {
                for value in values { #expect(phrase.text(in: language).contains(value)) }
            }
        }
    }

    @Test func plainSentencesDifferBetweenLanguages() {
        let phrases: [Phrase] = [
            .backupFailed, .nothingWasDone, .noScriptsConfigured, .notFrozen, .noProblemsFound, .nothingFrozen,
            .outputTruncated, .noOutput, .severity(.warning), .notDrilled, .claimNotKept, .nothingToDrill,
            .drillStep(.reading), .drillStep(.storing),
        ]
        for phrase in phrases {
            #expect(!phrase.text(in: .en).isEmpty)
            #expect(phrase.text(in: .en) != phrase.text(in: .es))
        }
    }

    @Test func exitStatusesAreThoseOfTheContract() {
        #expect(ExitMeaning.allCases.map(\.rawValue).sorted() == [0, 1, 3, 64, 75, 78])
    }

    @Test func placeholdersStandWhereAValueIsNeeded() {
        #expect(OptionName.config.placeholder(in: .en) == "FILE")
        #expect(OptionName.config.placeholder(in: .es) == "ARCHIVO")
        #expect(OptionName.json.placeholder(in: .en) == nil)
    }
}
