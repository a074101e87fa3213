import Fixtures
import Glibc
import Linux
import Testing

/// The documents' rule for a machine with a single disk: it is backed up crash-consistent whatever
/// `continueBackupOnFailure` says.
@Suite("Outcomes on a machine with one disk", .serialized)
struct OutcomeOneDiskTests {
    /// A machine whose only disk is a test's volume: a system just large enough for Remanso, entered by pivot_root in a
    /// mount namespace of its own, so that its `/proc/self/mountinfo` shows nothing else.
    private struct OneDisk {
        let volume: Volume
        let framework: Framework
        let vault: TestVault

        init(_ volume: Volume) throws {
            self.volume = volume
            framework = try Framework(in: volume.mountPoint)
            vault = try TestVault(in: volume.mountPoint)
            let folder = Files.parent(of: volume.mountPoint)
            // The same path leads to the same file inside and outside.
            let script = """
                set -eu
                cd "$1"
                mkdir -m 755 app data dev old proc root run sys tmp
                mkdir -p -m 755 ".\(folder)"
                ln -s / ".$1"
                cp -L "$2" app/remanso
                cp -L "$3" app/remanso-freezer
                for program in sh umount restic; do
                    file=$(command -v "$program")
                    mkdir -p "./$(dirname "$file")"
                    cp -L "$file" "./$file"
                done
                [ -e bin/sh ] || { mkdir -p bin && cp -L "$(command -v sh)" bin/sh; }
                for file in "$2" "$(command -v sh)" "$(command -v umount)"; do
                    ldd "$file" | grep -o '/[^ ]*' | while read -r library; do
                        mkdir -p "./$(dirname "$library")"
                        cp -L -n "$library" "./$library"
                    done
                done
                ln -s /proc/self/fd dev/fd
                mknod -m 666 dev/null c 1 3
                mknod -m 666 dev/urandom c 1 9
                mknod -m 600 "dev/$(basename "$4")" b $(stat -c '0x%t 0x%T' "$4")
                """
            try Shell.run(
                "sh", "-c", script, "one-disk", volume.mountPoint, try RemansoCommand.path(of: "remanso"),
                try RemansoCommand.path(of: "remanso-freezer"), volume.device)
        }

        /// Runs `remanso backup --json` in there, of the one disk, mounted a second time at `/data`. Were this ever run
        /// on the real machine, there would be no such volume.
        func backup() throws -> BackupCall {
            let inside = """
                umount -l /old
                [ -e /app/remanso ] || exit 99
                status=0
                /app/remanso backup --json --volume /data --config /remanso.yaml --vault /run/vault \
                --vault-password-file /run/vault.key --script-config \(framework.configPath) > /report || status=$?
                echo $status > /status
                """
            let script = """
                set -eu
                cd "$1"
                mount -t proc proc proc
                mount -t sysfs sysfs sys
                mount -t tmpfs -o mode=755 tmpfs run
                cp -r vault vault.key run
                mount "$2" data
                pivot_root . old
                exec /bin/sh -c "$3"
                """
            try Sandbox.write(volume.path("remanso.yaml"), "volumes: [/data]\n")
            try Shell.run(
                "unshare", "--mount", "--propagation", "private", "sh", "-c", script, "one-disk", volume.mountPoint,
                volume.device, inside)
            let status = try #require(Files.line(volume.path("status")).flatMap { Int32($0) })
            return BackupCall(status: status, report: try JSONObject(Files.text(volume.path("report")) ?? ""))
        }
    }

    @Test("continueBackupOnFailure: false still makes a crash-consistent backup, unfrozen, with the error")
    func oneDisk() throws {
        try Machine.with { machine in
            try Volume.with(.ext4, megabytes: 256, in: machine.sandbox.path, name: "disk") { volume in
                let disk = try OneDisk(volume)
                let keys = ["continueBackupOnFailure": "false"]

                try disk.framework.write(keys)
                let well = try disk.backup()
                #expect(well.status == 0, Comment(rawValue: well.messages))
                #expect(well.report["consistency"].string == "application")

                try disk.framework.write(pre: "exit 1", keys)
                disk.framework.clearDiary()
                try expectCrash(try disk.backup(), "Pre-ScriptExecutionFailed 300")
                #expect(disk.framework.diary == ["pre", "post failed ok"])

                try disk.framework.write(post: "exit 1", keys)
                disk.framework.clearDiary()
                try expectCrash(try disk.backup(), "Post-ScriptExecutionFailed 301", isFrozen: true)
                #expect(disk.framework.diary == ["pre", "post ok ok"])

                try disk.framework.write(["preScriptLocation": "\"/none.sh\""].merging(keys) { $1 })
                disk.framework.clearDiary()
                try expectCrash(try disk.backup(), "Pre-ScriptNotFound 302")
                #expect(disk.framework.diary.isEmpty)
            }
        }
    }

    private func expectCrash(
        _ call: BackupCall, _ code: String, isFrozen: Bool = false, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let comment = Comment(rawValue: call.messages)
        #expect(call.status == 3, comment, sourceLocation: location)
        #expect(call.report["consistency"].string == "crash", comment, sourceLocation: location)
        #expect(call.errors == [code], comment, sourceLocation: location)
        #expect(call.report["volumes"][0]["frozen"].bool == isFrozen, comment, sourceLocation: location)
        #expect(call.report["recoveryPoint"].string != nil, comment, sourceLocation: location)
    }
}
