import Messages
import Testing

@Suite struct CatalogueTests {
    @Test func everyCodeOfAProblemIsThereOnce() {
        let codes = Catalogue.entries.filter { !$0.isForeign }.map(\.code)
        #expect(Set(codes).count == codes.count)
        #expect(Set(Catalogue.entries.map(\.code.number)).count == Catalogue.entries.count)
        for problem in Samples.all { #expect(codes.contains(problem.code), "\(problem.code)") }
    }

    @Test func bothPhasesOfAScriptAreThere() {
        for number in 300...309 { #expect(!Catalogue.find("\(number)").isEmpty, "\(number)") }
    }

    @Test func entriesAreOrderedByNumber() {
        let numbers = Catalogue.entries.map(\.code.number)
        #expect(numbers == numbers.sorted())
    }

    @Test func everyEntryReadsWellInBothLanguages() {
        for entry in Catalogue.entries {
            for language in Language.allCases {
                expectGoodText(entry.meaning(in: language))
                expectGoodText(entry.action(in: language))
            }
            #expect(entry.meaning(in: .en) != entry.meaning(in: .es))
            #expect(entry.action(in: .en) != entry.action(in: .es))
        }
    }

    @Test func foundByNameWhateverItsCapitals() {
        #expect(Catalogue.find("Pre-ScriptTimeout").map(\.code.number) == [308])
        #expect(Catalogue.find("pre-scripttimeout").map(\.code.number) == [308])
        #expect(Catalogue.find("prescripttimeout").map(\.code.number) == [308])
        #expect(Catalogue.find("IncorrectPluginhostFile").map(\.code.number) == [304, 313, 314])
    }

    @Test func foundByNumber() {
        #expect(Catalogue.find("301").map(\.code.name) == ["Post-ScriptExecutionFailed"])
        #expect(Catalogue.find("612").map(\.code.name) == ["FreezerDied"])
        #expect(Catalogue.find("507").map(\.number) == ["500–512"])
        for number in [310, 311, 402, 500, 512] { #expect(Catalogue.find("\(number)").count == 1) }
    }

    @Test(arguments: ["", "-", "999", "NoSuchCode", "Script"])
    func whatIsNotThereIsNotFound(_ text: String) {
        #expect(Catalogue.find(text).isEmpty)
    }

    /// Monitoring relies on them: a line may be added here, never changed.
    @Test func namesAndNumbersAreStable() {
        let stable = """
            121 FreezeFailed
            122 FreezeDeadlineExceeded
            123 MountCannotBeOpened
            300 Pre-ScriptExecutionFailed
            301 Post-ScriptExecutionFailed
            302 Pre-ScriptNotFound
            303 Post-ScriptNotFound
            304 IncorrectPluginhostFile
            305 IncorrectJSONConfigFile
            306 InsufficientPermissionforPre-Script
            307 InsufficientPermissionforPost-Script
            308 Pre-ScriptTimeout
            309 Post-ScriptTimeout
            310 FailedPrepostPluginhostPreTimeout
            311 FailedPrepostPluginhostPostTimeout
            313 IncorrectPluginhostFile
            314 IncorrectPluginhostFile
            316 ScriptConfigFileMissing
            317 InsufficientPermissionforConfigFile
            402 FailedGuestAgentInvokedCommandTooLate
            500 WorkloadError
            501 FailedWorkloadConfParsingError
            504 FailedWorkloadPostError
            505 FailedWorkloadAuthorizationMissing
            506 FailedWorkloadConnectionError
            508 FailedWorkloadDatabaseNotOpen
            509 FailedWorkloadQuiescingError
            510 FailedWorkloadQuiescingTimeout
            600 UnknownKey
            601 UnexpectedPluginName
            602 TimeoutClamped
            603 NoPlugins
            604 ConfigNotInPluginHost
            605 IncorrectFreezeSettingsFile
            606 ScriptLeftProcesses
            607 IncorrectWorkloadFile
            610 ForeignFreeze
            611 FreezeLost
            612 FreezerDied
            613 FreezerMissing
            614 MountVanished
            615 ThawFailed
            620 PermissionListener
            621 SwapFileOnVolume
            622 AuditLogOnVolume
            623 LoopImageOnVolume
            624 VaultOnVolume
            625 StateOnVolume
            626 NoCommonInstant
            630 VolumeNotFound
            631 VolumeUnsupported
            632 NoVolumes
            633 UnknownProvider
            634 ProviderUnsuitable
            635 SnapshotFailed
            636 SnapshotNotReleased
            637 NestedSubvolumes
            638 CopyTakesLong
            639 ChangedDuringCopy
            640 ResticMissing
            641 ResticTooOld
            642 VaultMissing
            643 VaultUnreachable
            644 VaultWrongPassword
            645 VaultPasswordUnusable
            646 VaultEnvironmentUnusable
            647 VaultLocked
            648 VaultFull
            649 VaultDamaged
            650 VaultFailed
            651 VaultIncomplete
            652 VaultKeyMade
            653 TrackingImpossible
            654 TrackingFailed
            655 TrackingBusy
            656 EverythingRead
            660 RecoveryPointNotFound
            661 RecoveryPointAmbiguous
            662 NoRecoveryPoints
            663 RecoveryPointDamaged
            664 VolumeNotInRecoveryPoint
            665 PathNotInRecoveryPoint
            666 RestoreWouldOverwrite
            667 RestoreTargetUnusable
            668 ChangesTooFast
            669 ImageNotTrusted
            670 ConfigurationUnusable
            671 ConfigurationUnreadable
            672 WrongUsage
            673 NotRoot
            674 FileExists
            675 CannotWrite
            676 ImageIncomplete
            677 ImagePathTaken
            680 AlreadyRunning
            681 Interrupted
            682 LevelNotReached
            683 RecoveredEarlierRun
            684 EarlierRunNotUndone
            685 SystemCallFailed
            686 RcloneMissing
            687 CannotMount
            688 MountInUse
            689 NotMounted
            690 VolumeNotAnImage
            691 DeviceWouldBeOverwritten
            700 ApplicationLibraryMissing
            701 ApplicationVersionTooOld
            702 ApplicationOutsideVolumes
            703 ApplicationWithoutCommonInstant
            704 ApplicationBusy
            705 ApplicationSessionLost
            710 DrillProgramMissing
            711 DrillDataMissing
            712 DrillScratchFull
            713 DrillFileSystemDamaged
            714 DrillPortInUse
            715 DrillApplicationEnded
            716 DrillNoAnswer
            717 DrillForeignAnswer
            718 DrillCheckFailed
            719 DrillProbeFailed
            720 DrillProbeDiffers
            721 DrillImpossible
            """
        let actual = Catalogue.entries.map { "\($0.code.number) \($0.code.name)" }.joined(separator: "\n")
        #expect(actual == stable)
    }
}
