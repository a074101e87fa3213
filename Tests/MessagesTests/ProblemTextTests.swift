import Messages
import Testing

@Suite struct ProblemTextTests {
    @Test(arguments: Samples.all)
    func everyProblemReadsWellInBothLanguages(_ problem: Problem) {
        for language in Language.allCases {
            expectGoodText(problem.message(in: language))
            expectGoodText(problem.action(in: language))
        }
        #expect(problem.message(in: .en) != problem.message(in: .es))
        #expect(problem.action(in: .en) != problem.action(in: .es))
    }

    @Test(arguments: Samples.all, Language.allCases)
    func theMessageNamesWhatItIsAbout(_ problem: Problem, _ language: Language) {
        guard let subject = problem.subject else { return }
        #expect(problem.message(in: language).contains(subject))
    }

    @Test(arguments: Samples.fileFaults)
    func everyFileFaultIsTold(_ fault: FileFault) {
        let problem = Problem.scriptConfig(path: "/etc/azure/config.json", fault: fault)
        for language in Language.allCases {
            expectGoodText(problem.message(in: language))
            #expect(problem.message(in: language).contains("/etc/azure/config.json"))
            if "\(fault)".contains("KEY") { #expect(problem.message(in: language).contains("KEY")) }
        }
    }

    @Test(arguments: Samples.permissionFaults)
    func everyPermissionFaultIsToldWithItsRemedy(_ fault: PermissionFault) {
        for problem in [Problem.scriptPermission(.pre, fault: fault), .scriptConfigPermission(fault: fault)] {
            for language in Language.allCases {
                expectGoodText(problem.message(in: language))
                expectGoodText(problem.action(in: language))
                #expect(problem.message(in: language).contains("/a/b"))
            }
        }
    }

    @Test func remediesAreCommands() {
        let tooOpen = PermissionFault.tooOpen(path: "/a/b", mode: "755")
        for language in Language.allCases {
            #expect(Problem.scriptPermission(.pre, fault: tooOpen).action(in: language).contains("`chmod 700 /a/b`"))
            #expect(Problem.scriptConfigPermission(fault: tooOpen).action(in: language).contains("`chmod 600 /a/b`"))
            let owner = Problem.scriptPermission(.post, fault: .notOwnedByRoot(path: "/a/b", owner: 7))
            #expect(owner.action(in: language).contains("`chown root:root /a/b`"))
            let folder = Problem.scriptPermission(.post, fault: .folderWritable(path: "/a", mode: "777"))
            #expect(folder.action(in: language).contains("`chmod go-w /a`"))
            #expect(Problem.foreignFreeze(volume: "/v").action(in: language).contains("`fsfreeze --unfreeze /v`"))
            #expect(Problem.thawFailed(volume: "/v", reason: "x").action(in: language).contains("`remanso thaw`"))
            #expect(
                Problem.vaultLocked(repository: "/r", holder: "").action(in: language).contains("restic -r /r unlock"))
        }
    }

    @Test(arguments: Language.allCases)
    func noRightsAreTakenFromASharedFolder(_ language: Language) {
        let sticky = Problem.scriptPermission(.pre, fault: .folderWritable(path: "/tmp", mode: "1777"))
        #expect(!sticky.action(in: language).contains("chmod"))
    }

    @Test(arguments: Samples.configurationFaults)
    func everyConfigurationFaultNamesFileLineAndKey(_ fault: ConfigurationFault) {
        let problem = Problem.configuration(file: "/etc/r.yaml", line: 12, key: "retry.delay", fault: fault)
        #expect(problem.message(in: .en).hasPrefix("/etc/r.yaml, line 12, retry.delay: "))
        #expect(problem.message(in: .es).hasPrefix("/etc/r.yaml, línea 12, retry.delay: "))
        expectGoodText(problem.message(in: .en))
        expectGoodText(problem.message(in: .es))
    }

    @Test(arguments: Samples.workloadFaults)
    func everyFaultOfAWorkloadFileIsTold(_ fault: WorkloadFault) {
        let problem = Problem.workloadFile(path: "/etc/azure/workload.conf", fault: fault)
        for language in Language.allCases {
            expectGoodText(problem.message(in: language))
            expectGoodText(problem.action(in: language))
            #expect(problem.message(in: language).contains("/etc/azure/workload.conf"))
        }
    }

    @Test(arguments: Samples.workloadGaps)
    func everyGapIsTold(_ gap: WorkloadGap) {
        #expect(!gap.key.isEmpty)
        #expect(gap.text(in: .en) != gap.text(in: .es))
        for language in Language.allCases {
            expectGoodText(Phrase.notTakenOver(gap).text(in: language))
            #expect(!gap.text(in: language).hasSuffix("."))
        }
    }

    @Test(arguments: Samples.providerReasons)
    func everyReasonOfAProviderIsTold(_ reason: ProviderReason) {
        let problem = Problem.providerUnsuitable(provider: "reflink", volume: "/srv/db", reason: reason)
        for language in Language.allCases {
            expectGoodText(problem.message(in: language))
            #expect(problem.message(in: language).contains(reason.text(in: language)))
        }
        #expect(reason.text(in: .en) != reason.text(in: .es))
    }

    @Test(arguments: Samples.scriptEndings)
    func everyEndingOfAScriptIsTold(_ ending: ScriptEnding) {
        let problem = Problem.scriptExecutionFailed(.pre, path: "/a/pre.sh", ending: ending)
        for language in Language.allCases { expectGoodText(problem.message(in: language)) }
    }

    @Test func statusAndSignalAreNamed() {
        func message(_ ending: ScriptEnding) -> String {
            Problem.scriptExecutionFailed(.pre, path: "/a/pre.sh", ending: ending).message(in: .en)
        }
        #expect(message(.exited(3)).hasSuffix("/a/pre.sh ended with exit status 3."))
        #expect(message(.killed(9)).hasSuffix("/a/pre.sh was ended by signal 9 (SIGKILL)."))
        #expect(message(.killed(34)).hasSuffix("/a/pre.sh was ended by signal 34."))
    }

    @Test func oneIsNotMany() {
        #expect(Problem.nestedSubvolumes(volume: "/v", count: 1).message(in: .en).contains("1 nested btrfs subvolume."))
        #expect(
            Problem.nestedSubvolumes(volume: "/v", count: 2).message(in: .en).contains("2 nested btrfs subvolumes."))
        #expect(Problem.nestedSubvolumes(volume: "/v", count: 2).message(in: .es).contains("2 subvolúmenes"))
    }

    @Test(arguments: Language.allCases)
    func aFileNameCannotRepaintTheTerminal(_ language: Language) {
        let evil = "/srv/\u{1B}[2J\u{202E}x\ny"
        let problem = Problem.changedDuringCopy(volume: "/srv", example: evil, count: 1)
        let hidden = problem.message(in: language).unicodeScalars.filter { $0.value < 0x20 || $0.value == 0x202E }
        #expect(hidden.isEmpty)
        #expect(problem.message(in: language).contains(#"/srv/\u{1B}[2J\u{202E}x y"#))
    }

    @Test func pathsInCommandsAreOneWordOfTheShell() {
        func command(_ path: String) -> String {
            Problem.scriptPermission(.pre, fault: .notExecutable(path: path, mode: "600")).action(in: .en)
        }
        #expect(command("/a b/c").contains("`chmod 700 '/a b/c'`"))
        #expect(command("/a'b").contains(#"`chmod 700 '/a'\''b'`"#))
        #expect(command("/a;reboot").contains("`chmod 700 '/a;reboot'`"))
        #expect(command("/a\nb'").contains(#"`chmod 700 $'/a\x0ab\''`"#))
        #expect(command("/añb").contains("`chmod 700 '/añb'`"))
    }

    @Test func aReasonWithItsOwnFullStopDoesNotDoubleIt() {
        let problem = Problem.vaultFailed(repository: "/r", detail: "Fatal: no.\n")
        #expect(problem.message(in: .en).hasSuffix("Fatal: no."))
    }
}

/// Calm, whole sentences on one line.
func expectGoodText(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(text.count > 10, sourceLocation: sourceLocation)
    #expect(text.hasSuffix("."), "\(text)", sourceLocation: sourceLocation)
    for unwanted in ["..", " .", "  ", "\n", "!", "¡", "Optional(", " , ", ": ."] {
        #expect(!text.contains(unwanted), "\(text)", sourceLocation: sourceLocation)
    }
}
