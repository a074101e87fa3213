#!/usr/bin/env python3
"""What a whole backup costs against the volume's size, the change being the same: 16 MiB in 256 places of a file.

Usage: backup-size.py REMANSO FOLDER [GIBIBYTES ...], as root in a mount namespace of its own (scripts/as-root.sh).
Each volume is ext4 on a loop device below FOLDER, 7/8 full with blocks of which no two are alike, and tracked. Prints the
medians of five backups with provider precopy: CPU time of the program with all that it starts, and the freeze.
"""
import json, os, random, shutil, statistics, subprocess, sys, tempfile

import cost

remanso, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
sizes = [int(size) for size in sys.argv[3:]] or [1, 4, 16]
BLOCK, CHANGES, ROUNDS = 64 << 10, 256, 5
if not os.path.ismount("/run/remanso"):
    sys.exit("Run it as: sudo sh scripts/as-root.sh python3 Benchmarks/vault/backup-size.py ...")


def shell(*command):
    subprocess.run(command, check=True, timeout=600, stdout=subprocess.DEVNULL)


def fill(path, gibibytes):
    """Blocks that differ in their first bytes only, so that the vault stays small."""
    with open(path, "wb", buffering=1 << 20) as file:
        for number in range((gibibytes << 30) * 7 // 8 // BLOCK):
            file.write(random.randbytes(16) + bytes(BLOCK - 16))
        os.fsync(file.fileno())


def change(path):
    blocks = os.path.getsize(path) // BLOCK
    with open(path, "r+b", buffering=0) as file:
        for block in random.sample(range(blocks), CHANGES):
            os.pwrite(file.fileno(), random.randbytes(BLOCK), block * BLOCK)
        os.fsync(file.fileno())


def backup(volume, place):
    """Wall seconds, CPU seconds, MB of memory and the report."""
    output, figures = cost.run(
        remanso, "backup", "--json", "--provider", "precopy", "--volume", volume, "--vault", f"{place}/vault",
        "--vault-password-file", f"{place}/key", good=(0, 3), stderr=subprocess.DEVNULL)
    return *figures, json.loads(output)


def row(gibibytes, place, volume):
    fill(f"{volume}/data", gibibytes)
    shell(remanso, "track", "enable", volume)
    first = backup(volume, place)
    found = []
    for _ in range(ROUNDS):
        change(f"{volume}/data")
        found.append(backup(volume, place))
    wall, cpu, memory, reports = zip(*found)
    read = statistics.median(report["volumes"][0].get("bytesRead", 0) for report in reports) / 1e6
    frozen = statistics.median(report["pauseMs"]["freeze"] for report in reports)
    print(
        f"{gibibytes:4}{first[1]:14.2f}{statistics.median(wall):19.2f}{statistics.median(cpu):7.2f}{max(memory):6.0f}"
        f"{read:10.1f}{frozen:11.1f}", flush=True)


def measure(gibibytes):
    place = tempfile.mkdtemp(prefix="remanso-bench.", dir=folder)
    image, volume = f"{place}/image", f"{place}/volume"
    try:
        with open(image, "wb") as file:
            file.truncate(gibibytes << 30)
        os.mkdir(volume)
        shell("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
        shell("mount", "-o", "loop", image, volume)
        # The same key for all: how dear it is was tried out on this machine in that moment.
        shutil.copytree(f"{empty}/vault", f"{place}/vault")
        shutil.copy(f"{empty}/key", f"{place}/key")
        try:
            row(gibibytes, place, volume)
        finally:
            subprocess.run([remanso, "track", "disable", volume], timeout=60, stdout=subprocess.DEVNULL)
            shell("umount", volume)
    finally:
        shutil.rmtree(place)


print(f"{'GiB':>4}{'first: CPU s':>14}{'increment: wall s':>19}{'CPU s':>7}{'MB':>6}{'read, MB':>10}{'freeze, ms':>11}")
random.seed(4)
empty = tempfile.mkdtemp(prefix="remanso-bench.", dir=folder)
try:
    with open(os.open(f"{empty}/key", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write("benchmark\n")
    shell("restic", "-q", "-r", f"{empty}/vault", "-p", f"{empty}/key", "init")
    for gibibytes in sizes:
        measure(gibibytes)
finally:
    shutil.rmtree(empty)
